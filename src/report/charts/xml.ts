const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** XML without the characters that no XML may have, however they are written. */
export const xmlSafe = (xml: string): string => xml.replace(FORBIDDEN, '\ufffd');
