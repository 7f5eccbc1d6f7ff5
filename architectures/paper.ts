/**
 * What the CSPNet paper measured: frames per second by device, and accuracy, as printed. No graph gives these
 * numbers; they stand beside the costs that a graph does give.
 *
 * @source arXiv 1911.11929, tables 1 to 5
 */
export interface PaperMeasurement {
  readonly where: string;
  readonly row: string;
  readonly input: number;
  readonly printed: Readonly<Partial<Record<MeasuredColumn, string>>>;
}

/** Frames per second on a GeForce GTX 1080 Ti, on a Core i9-9900K through OpenCV, on a Jetson TX2; accuracy in %. */
export type MeasuredColumn =
  | 'fpsGtx1080Ti'
  | 'fpsI9_9900K'
  | 'fpsJetsonTx2'
  | 'top1'
  | 'top5'
  | 'ap'
  | 'ap50'
  | 'ap75';

export const PAPER_MEASUREMENTS: readonly PaperMeasurement[] = [
  { where: 'table 1', row: 'PeleeNet', input: 224, printed: { top1: '70.7' } },
  { where: 'table 1', row: 'SPeleeNet', input: 224, printed: { top1: '69.6' } },
  { where: 'table 1', row: 'PeleeNeXt', input: 224, printed: { top1: '68.9' } },
  { where: 'table 1', row: 'CSP fusion-first gamma=0.75', input: 224, printed: { top1: '68.4' } },
  { where: 'table 1', row: 'CSP fusion-first gamma=0.5', input: 224, printed: { top1: '69.2' } },
  { where: 'table 1', row: 'CSP fusion-first gamma=0.25', input: 224, printed: { top1: '70.0' } },
  { where: 'table 1', row: 'CSP fusion-last gamma=0.75', input: 224, printed: { top1: '69.2' } },
  { where: 'table 1', row: 'CSP fusion-last gamma=0.5', input: 224, printed: { top1: '70.6' } },
  { where: 'table 1', row: 'CSP fusion-last gamma=0.25', input: 224, printed: { top1: '70.8' } },
  { where: 'table 1', row: 'CSPPeleeNet gamma=0.75', input: 224, printed: { top1: '70.4' } },
  { where: 'table 1', row: 'CSPPeleeNet gamma=0.5', input: 224, printed: { top1: '70.9' } },
  { where: 'table 1', row: 'CSPPeleeNet gamma=0.25', input: 224, printed: { top1: '71.5' } },
  { where: 'table 2', row: 'PRN', input: 416, printed: { fpsGtx1080Ti: '169', ap: '23.1', ap50: '44.5', ap75: '22.0' } },
  { where: 'table 2', row: 'PRN swish', input: 416, printed: { fpsGtx1080Ti: '161', ap: '24.1', ap50: '45.8', ap75: '23.3' } },
  { where: 'table 2', row: 'PRN-31', input: 416, printed: { fpsGtx1080Ti: '151', ap: '23.7', ap50: '46.0', ap75: '22.2' } },
  { where: 'table 2', row: 'CEM', input: 416, printed: { fpsGtx1080Ti: '148', ap: '23.8', ap50: '45.4', ap75: '22.6' } },
  { where: 'table 2', row: 'CEM SAM', input: 416, printed: { fpsGtx1080Ti: '144', ap: '24.1', ap50: '46.0', ap75: '23.1' } },
  { where: 'table 2', row: 'GFM', input: 416, printed: { fpsGtx1080Ti: '134', ap: '24.3', ap50: '46.2', ap75: '23.3' } },
  { where: 'table 2', row: 'EFM', input: 416, printed: { fpsGtx1080Ti: '132', ap: '26.4', ap50: '48.6', ap75: '26.3' } },
  { where: 'table 2', row: 'EFM GIoU', input: 416, printed: { fpsGtx1080Ti: '132', ap: '27.1', ap50: '45.9', ap75: '28.2' } },
  { where: 'table 2', row: 'EFM SAM', input: 416, printed: { fpsGtx1080Ti: '129', ap: '26.8', ap50: '49.0', ap75: '26.7' } },
  { where: 'table 2', row: 'EFM SPP', input: 416, printed: { fpsGtx1080Ti: '128', ap: '26.2', ap50: '48.5', ap75: '25.7' } },
  { where: 'table 3', row: 'PeleeNet', input: 224, printed: { top1: '70.7', top5: '90.0' } },
  { where: 'table 3', row: 'PeleeNet-swish', input: 224, printed: { top1: '71.5', top5: '90.7' } },
  { where: 'table 3', row: 'SEPeleeNet-swish', input: 224, printed: { top1: '72.1', top5: '91.0' } },
  { where: 'table 3', row: 'CSPPeleeNet', input: 224, printed: { top1: '70.9', top5: '90.2' } },
  { where: 'table 3', row: 'CSPPeleeNet-swish', input: 224, printed: { top1: '71.7', top5: '90.8' } },
  { where: 'table 3', row: 'SECSPPeleeNet-swish', input: 224, printed: { top1: '72.4', top5: '91.0' } },
  { where: 'table 3', row: 'SparsePeleeNet', input: 224, printed: { top1: '69.6', top5: '89.3' } },
  { where: 'table 3', row: 'EfficientNet-B0 (Darknet)', input: 224, printed: { top1: '71.3', top5: '90.4' } },
  { where: 'table 3', row: 'EfficientNet-B0 (official)', input: 224, printed: { top1: '70.0', top5: '88.9' } },
  { where: 'table 3', row: 'Darknet Reference', input: 256, printed: { top1: '61.1', top5: '83.0' } },
  { where: 'table 3', row: 'CSPDenseNet Reference', input: 256, printed: { top1: '65.7', top5: '86.6' } },
  { where: 'table 3', row: 'CSPPeleeNet Reference', input: 256, printed: { top1: '68.9', top5: '88.7' } },
  { where: 'table 3', row: 'ResNet-10', input: 256, printed: { top1: '63.5', top5: '85.0' } },
  { where: 'table 3', row: 'CSPResNet-10', input: 256, printed: { top1: '65.3', top5: '86.5' } },
  { where: 'table 3', row: 'ResNeXt-50', input: 256, printed: { top1: '77.8', top5: '94.2' } },
  { where: 'table 3', row: 'CSPResNeXt-50', input: 256, printed: { top1: '77.9', top5: '94.0' } },
  { where: 'table 3', row: 'HarDNet-138s', input: 224, printed: { top1: '77.8' } },
  { where: 'table 3', row: 'DenseNet-264-32', input: 224, printed: { top1: '77.8', top5: '93.9' } },
  { where: 'table 3', row: 'ResNet-152', input: 224, printed: { top1: '77.8', top5: '93.6' } },
  { where: 'table 3', row: 'DenseNet-201-Elastic', input: 224, printed: { top1: '77.9', top5: '94.0' } },
  { where: 'table 3', row: 'CSPDenseNet-201-Elastic', input: 224, printed: { top1: '77.9', top5: '94.0' } },
  { where: 'table 3', row: 'Res2Net-50', input: 224, printed: { top1: '78.0', top5: '93.8' } },
  { where: 'table 3', row: 'Res2NeXt-50', input: 224, printed: { top1: '78.2', top5: '93.9' } },
  { where: 'table 3', row: 'CSPResNeXt-50 (10 crop)', input: 256, printed: { top1: '78.2', top5: '94.3' } },
  { where: 'table 4', row: 'YOLOv3 / DarkNet53', input: 608, printed: { fpsGtx1080Ti: '30', ap: '33.0', ap50: '57.9' } },
  { where: 'table 4', row: 'YOLOv3 SPP / DarkNet53', input: 608, printed: { fpsGtx1080Ti: '30', ap: '36.2', ap50: '60.6' } },
  { where: 'table 4', row: 'LRF / ResNet101', input: 512, printed: { fpsGtx1080Ti: '31', ap: '37.3', ap50: '58.5' } },
  { where: 'table 4', row: 'SSD / HarDNet85', input: 512, printed: { fpsGtx1080Ti: '32', ap: '35.1', ap50: '54.8' } },
  { where: 'table 4', row: 'M2Det / VGG16', input: 320, printed: { fpsGtx1080Ti: '33', ap: '33.5', ap50: '52.4' } },
  { where: 'table 4', row: 'PFPNet-R / VGG16', input: 320, printed: { fpsGtx1080Ti: '33', ap: '31.8', ap50: '52.9' } },
  { where: 'table 4', row: 'RFBNet / VGG16', input: 512, printed: { fpsGtx1080Ti: '35', ap: '33.8', ap50: '54.2' } },
  { where: 'table 4', row: 'PANet SPP / CSPResNeXt50', input: 608, printed: { fpsGtx1080Ti: '35', ap: '38.4', ap50: '60.6' } },
  { where: 'table 4', row: 'SSD / HarDNet68', input: 512, printed: { fpsGtx1080Ti: '38', ap: '31.7', ap50: '51.0' } },
  { where: 'table 4', row: 'LRF / VGG16', input: 512, printed: { fpsGtx1080Ti: '38', ap: '36.2', ap50: '56.6' } },
  { where: 'table 4', row: 'PFPNet-S / VGG16', input: 300, printed: { fpsGtx1080Ti: '39', ap50: '49.6' } },
  { where: 'table 4', row: 'RefineDet / VGG16', input: 320, printed: { fpsGtx1080Ti: '40', ap: '29.4', ap50: '49.2' } },
  { where: 'table 4', row: 'SSD / VGG16', input: 300, printed: { fpsGtx1080Ti: '44', ap: '25.7', ap50: '43.9' } },
  { where: 'table 4', row: 'PANet SPP / CSPResNeXt50', input: 512, printed: { fpsGtx1080Ti: '44', ap: '38.0', ap50: '60.0' } },
  { where: 'table 4', row: 'CenterNet / ResNet101', input: 512, printed: { fpsGtx1080Ti: '45', ap: '34.6', ap50: '53.0' } },
  { where: 'table 4', row: 'YOLOv3 / DarkNet53', input: 416, printed: { fpsGtx1080Ti: '46', ap: '31.0', ap50: '55.3' } },
  { where: 'table 4', row: 'PANet SPP / CSPResNeXt50', input: 416, printed: { fpsGtx1080Ti: '53', ap: '36.6', ap50: '58.1' } },
  { where: 'table 4', row: 'TTFNet / DarkNet53', input: 512, printed: { fpsGtx1080Ti: '54', ap: '35.1', ap50: '52.5' } },
  { where: 'table 4', row: 'YOLOv3 / DarkNet53', input: 320, printed: { fpsGtx1080Ti: '56', ap: '28.2', ap50: '51.5' } },
  { where: 'table 4', row: 'PANet SPP / CSPResNeXt50', input: 320, printed: { fpsGtx1080Ti: '58', ap: '33.4', ap50: '54.0' } },
  { where: 'table 4', row: 'Pelee SSD / PeleeNet', input: 304, printed: { fpsGtx1080Ti: '106', ap: '22.4', ap50: '38.3' } },
  { where: 'table 4', row: 'EFM SAM / CSPPeleeNet', input: 512, printed: { fpsGtx1080Ti: '109', ap: '27.6', ap50: '50.4' } },
  { where: 'table 4', row: 'TTFNet / ResNet18', input: 512, printed: { fpsGtx1080Ti: '112', ap: '28.1', ap50: '43.8' } },
  { where: 'table 4', row: 'CenterNet / ResNet18', input: 512, printed: { fpsGtx1080Ti: '129', ap: '28.1', ap50: '44.9' } },
  { where: 'table 4', row: 'EFM SAM / CSPPeleeNet', input: 416, printed: { fpsGtx1080Ti: '129', ap: '26.8', ap50: '49.0' } },
  { where: 'table 4', row: 'PRN / PeleeNet', input: 416, printed: { fpsGtx1080Ti: '145', ap: '23.3', ap50: '45.0' } },
  { where: 'table 4', row: 'EFM SAM / CSPPeleeNet Reference', input: 320, printed: { fpsGtx1080Ti: '205', ap: '23.5', ap50: '44.6' } },
  { where: 'table 4', row: 'ThunderNet / SNet535', input: 320, printed: { fpsGtx1080Ti: '214', ap: '28.0', ap50: '46.2' } },
  { where: 'table 4', row: 'EFM SAM / CSPDenseNet Reference', input: 320, printed: { fpsGtx1080Ti: '235', ap: '21.7', ap50: '42.2' } },
  { where: 'table 4', row: 'ThunderNet / SNet146', input: 320, printed: { fpsGtx1080Ti: '248', ap: '23.6', ap50: '40.2' } },
  { where: 'table 4', row: 'ThunderNet / SNet49', input: 320, printed: { fpsGtx1080Ti: '267', ap: '19.1', ap50: '33.7' } },
  { where: 'table 4', row: 'PRN-31 / CSPPeleeNet Reference', input: 320, printed: { fpsGtx1080Ti: '267', ap: '19.4', ap50: '40.0' } },
  { where: 'table 4', row: 'PRN / CSPPeleeNet Reference', input: 320, printed: { fpsGtx1080Ti: '306', ap: '18.8', ap50: '38.5' } },
  { where: 'table 4', row: 'YOLOv3-tiny / Darknet Reference', input: 416, printed: { fpsGtx1080Ti: '330', ap50: '33.1' } },
  { where: 'table 4', row: 'PRN / CSPDenseNet Reference', input: 320, printed: { fpsGtx1080Ti: '387', ap: '16.8', ap50: '35.4' } },
  { where: 'table 4', row: 'PRN / Darknet Reference', input: 416, printed: { fpsGtx1080Ti: '400', ap50: '33.1' } },
  { where: 'table 4', row: 'PRN / CSPDenseNetb Reference', input: 320, printed: { fpsGtx1080Ti: '400', ap: '15.3', ap50: '34.2' } },
  { where: 'table 5', row: 'SNet146-ThunderNet', input: 320, printed: { fpsGtx1080Ti: '248', fpsI9_9900K: '32', ap50: '40.2' } },
  { where: 'table 5', row: 'SNet49-ThunderNet', input: 320, printed: { fpsGtx1080Ti: '267', fpsI9_9900K: '47', ap50: '33.2' } },
  { where: 'table 5', row: 'YOLOv3-tiny', input: 416, printed: { fpsGtx1080Ti: '330', fpsI9_9900K: '54', fpsJetsonTx2: '37', ap50: '33.1' } },
  { where: 'table 5', row: 'YOLOv3-tiny-PRN', input: 416, printed: { fpsGtx1080Ti: '400', fpsI9_9900K: '71', fpsJetsonTx2: '49', ap50: '33.1' } },
  { where: 'table 5', row: 'CSPPeleeNet Reference-EFM SAM', input: 320, printed: { fpsGtx1080Ti: '205', fpsJetsonTx2: '41', ap50: '44.0' } },
  { where: 'table 5', row: 'CSPDenseNet Reference-EFM SAM', input: 320, printed: { fpsGtx1080Ti: '235', fpsJetsonTx2: '49', ap50: '42.2' } },
  { where: 'table 5', row: 'CSPPeleeNet Reference-PRN-31', input: 320, printed: { fpsGtx1080Ti: '267', fpsI9_9900K: '52', fpsJetsonTx2: '38', ap50: '40.0' } },
  { where: 'table 5', row: 'CSPPeleeNet Reference-PRN', input: 320, printed: { fpsGtx1080Ti: '306', fpsI9_9900K: '75', fpsJetsonTx2: '52', ap50: '38.5' } },
  { where: 'table 5', row: 'CSPDenseNet Reference-PRN', input: 320, printed: { fpsGtx1080Ti: '387', fpsI9_9900K: '95', fpsJetsonTx2: '64', ap50: '35.4' } },
  { where: 'table 5', row: 'CSPDenseNetb Reference-PRN', input: 320, printed: { fpsGtx1080Ti: '400', fpsI9_9900K: '102', fpsJetsonTx2: '73', ap50: '34.2' } },
];

/** Where the paper contradicts itself, or a publication that it quotes. */
export const PAPER_CONTRADICTIONS: readonly string[] = [
  '#Parameter is conv weights only in table 3 and for PANet, SPP and the Reference rows of table 4, but all numbers of the weights file for YOLOv3-tiny (8.86M) and PRN on PeleeNet (3.16M).',
  '62.3M parameters (YOLOv3) and 4.96M (YOLOv3-tiny-PRN) are neither the weights nor the numbers of the weights file of the published cfgs.',
  'CSPDenseNet Reference prints 0.886 BFLOPs at 224 in table 3; its detector rows (2.01 at 320 in tables 4 and 5) imply 0.835, so 0.886 is probably a misprint of 0.836.',
  'AP50 of SNet49-ThunderNet is 33.7 in table 4 and 33.2 in table 5; AP50 of CSPPeleeNet Reference EFM (SAM) is 44.6 and 44.0.',
  '70.4 BFLOPs for SSD300 on VGG16 is 2.4 % above what its graph gives: it is twice the 35.2 GMACs that another paper states.',
  'Shortcuts count nothing in its BFLOPs: the authors\' tool has counted them since January 2020, so that today it prints 100.606 where the paper has 100.6 (100.588).',
  'Twice the MACs of quoted networks is doubled from rounded figures: Res2Net-50 prints 8.4 (8.33 by its graph), ThunderNet 0.52, 0.95 and 2.60, Pelee SSD 2.58 (2.57).',
  'Res2NeXt-50 prints 24.27M parameters; its authors publish 24.67M, which is also what the graph has: two digits are exchanged.',
];
