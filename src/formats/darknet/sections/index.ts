import type { LowerSection } from '../section.ts';
import { connected, convolutional, local } from './conv.ts';
import { activation, batchnorm, implicit, normalization } from './element.ts';
import { route, sam, scaleChannels, shortcut } from './merge.ts';
import {
  contrastive,
  costFunction,
  detection,
  dropout,
  empty,
  gaussianYolo,
  region,
  softmax,
  yolo,
} from './output.ts';
import { avgpool, crop, localAvgpool, maxpool, reorg, reorg3d, upsample } from './pool.ts';
import { convLstm, crnn, gru, history, lstm, rnn } from './recurrent.ts';

/** Every section that describes a layer, by each of its names. */
export const SECTIONS: ReadonlyMap<string, LowerSection> = new Map([
  ['activation', activation],
  ['avg', avgpool],
  ['avgpool', avgpool],
  ['batchnorm', batchnorm],
  ['conn', connected],
  ['connected', connected],
  ['contrastive', contrastive],
  ['conv', convolutional],
  ['conv_lstm', convLstm],
  ['convolutional', convolutional],
  ['cost', costFunction],
  ['crnn', crnn],
  ['crop', crop],
  ['detection', detection],
  ['dropout', dropout],
  ['empty', empty],
  ['Gaussian_yolo', gaussianYolo],
  ['gru', gru],
  ['history', history],
  ['implicit', implicit],
  ['local', local],
  ['local_avg', localAvgpool],
  ['local_avgpool', localAvgpool],
  ['lrn', normalization],
  ['lstm', lstm],
  ['max', maxpool],
  ['maxpool', maxpool],
  ['normalization', normalization],
  ['region', region],
  ['reorg', reorg],
  ['reorg3d', reorg3d],
  ['rnn', rnn],
  ['route', route],
  ['sam', sam],
  ['scale_channels', scaleChannels],
  ['shortcut', shortcut],
  ['silence', empty],
  ['soft', softmax],
  ['softmax', softmax],
  ['upsample', upsample],
  ['yolo', yolo],
]);
