import { elements } from '../../../units.ts';
import { CHANNELS, IDENTITY } from '../lower.ts';
import { flag, integer, integers, numbers, real, whole, type OptionValues } from '../options.ts';
import { section, type LowerSection } from '../section.ts';

const TRAINING =
  'max max_delta counters_per_class label_smooth_eps objectness_smooth iou_normalizer obj_normalizer ' +
  'cls_normalizer delta_normalizer iou_loss iou_thresh_kind beta_nms nms_kind jitter resize ignore_thresh ' +
  'truth_thresh iou_thresh random map';

/** Boxes of a cell: networks have nine. */
const MOST_BOXES = 10_000;

const yoloOptions = {
  classes: whole(20, 1),
  num: whole(1, 1, MOST_BOXES),
  mask: integers(),
  anchors: numbers(),
  scale_x_y: real(1),
};

/** What Darknet takes for the width and height of a box that the file does not state. */
export const UNSTATED = 0.5;

/** The boxes of the file as far as Darknet reads them: two numbers each; undefined where none is stated. */
function priorsOf(anchors: readonly number[] | undefined, count: number): readonly number[] | undefined {
  const stated = anchors?.slice(0, 2 * count) ?? [];
  if (stated.every((extent) => extent === UNSTATED)) return undefined;
  return [...stated, ...Array.from({ length: 2 * count - stated.length }, () => UNSTATED)];
}

function yoloAttrs({ classes, num, mask, anchors, scale_x_y: scale }: OptionValues<typeof yoloOptions>) {
  const priors = priorsOf(anchors, num);
  return {
    classes,
    anchors: mask?.length ?? num,
    ...(priors === undefined ? {} : { priors }),
    ...(mask === undefined || mask.every((box, i) => box === i) ? {} : { mask }),
    ...(num === (mask?.length ?? num) ? {} : { priorCount: num }),
    ...(scale === 1 ? {} : { scale }),
  };
}

export const yolo = section(
  { ...yoloOptions, new_coords: flag() },
  `${TRAINING} show_details focal_loss track_history_size sim_thresh dets_for_track dets_for_show ` +
    'track_ciou_norm embedding_layer',
  (l, o) => l.builder.add('yolo', [l.map], { ...yoloAttrs(o), ...(o.new_coords ? { newCoords: true } : {}) }),
);

export const gaussianYolo = section(yoloOptions, `${TRAINING} uc_normalizer yolo_point`, (l, o) =>
  l.builder.add('gaussianYolo', [l.map], yoloAttrs(o)),
);

export const region = section(
  {
    classes: whole(20, 1),
    num: whole(1, 1, MOST_BOXES),
    coords: whole(4, 0),
    softmax: flag(),
    anchors: numbers(),
  },
  'max log sqrt focal_loss jitter resize rescore thresh classfix absolute random coord_scale object_scale ' +
    'noobject_scale mask_scale class_scale bias_match tree map',
  (l, o) => {
    const priors = priorsOf(o.anchors, o.num);
    return l.builder.add('region', [l.map], {
      classes: o.classes,
      anchors: o.num,
      coords: o.coords,
      softmax: o.softmax,
      ...(priors === undefined ? {} : { priors }),
    });
  },
);

export const detection = section(
  { classes: whole(1, 1), num: whole(1, 1), coords: whole(1, 0), side: whole(7, 1) },
  'rescore softmax sqrt max coord_scale forced object_scale noobject_scale class_scale jitter resize random reorg',
  (l, o) => {
    const expected = o.side ** 2 * ((1 + o.coords) * o.num + o.classes);
    const actual = elements(l.shapeOf(l.input).slice(1));
    if (actual !== expected) {
      l.fail(
        'CSP336',
        `${String(o.side)}x${String(o.side)} cells need ${String(expected)} numbers, the layer before has ${String(actual)}`,
        `set output=${String(expected)} there, or correct side, num, coords and classes`,
      );
    }
    return l.builder.add('identity', [l.input], IDENTITY);
  },
);

export const softmax = section({ groups: whole(1, 1) }, 'temperature tree spatial noloss', (l, o) => {
  const count = elements(l.shapeOf(l.input).slice(1));
  if (count % o.groups !== 0) {
    l.fail(
      'CSP333',
      `${String(o.groups)} groups do not divide ${String(count)} inputs`,
      'choose groups that do',
    );
  }
  return l.builder.add('softmax', [l.input], CHANNELS);
});

export const contrastive = section(
  { yolo_layer: integer(0) },
  'classes temperature cls_normalizer max_delta contrastive_neg_max',
  (l, o) => {
    if (o.yolo_layer !== 0) l.layerOf(o.yolo_layer, 'yolo_layer');
    return l.builder.add('identity', [l.input], IDENTITY);
  },
);

/** Sections that only train: at inference they hand on what they read. */
const handOn = (others: string): LowerSection =>
  section({}, others, (l) => l.builder.add('identity', [l.input], IDENTITY));

export const costFunction = handOn('type scale ratio');

export const dropout = handOn('probability dropblock dropblock_size_rel dropblock_size_abs');

export const empty = handOn('');
