// A file of its own, which Node loads itself: code that starts from stored compilation cannot import().
'use strict';
// eslint-disable-next-line no-restricted-syntax -- the one place for it
exports.importModule = (url) => import(url);
