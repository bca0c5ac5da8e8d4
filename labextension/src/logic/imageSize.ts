/** Width and height of a picture by its first bytes, before anything is decoded: a small file can claim a gigantic one. */

export interface ImageSize {
  width: number;
  height: number;
}

export function imageSizeOf(bytes: Uint8Array): ImageSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ascii = (start: number, length: number): string => String.fromCharCode(...bytes.subarray(start, start + length));
  try {
    if (ascii(1, 3) === 'PNG' && ascii(12, 4) === 'IHDR') {
      return { width: view.getUint32(16), height: view.getUint32(20) };
    }
    if (ascii(0, 3) === 'GIF') {
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    }
    if (ascii(0, 2) === 'BM') {
      return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
    }
    if (ascii(0, 4) === 'RIFF' && ascii(8, 4) === 'WEBP') {
      return webpSize(view, ascii(12, 4));
    }
    return view.getUint16(0) === 0xffd8 ? jpegSize(view) : null;
  } catch {
    return null;
  }
}

function webpSize(view: DataView, kind: string): ImageSize | null {
  switch (kind) {
    case 'VP8X':
      return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(26, true) >>> 8) + 1 };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return null;
  }
}

/** The first frame's head; the pieces before it say how long they are. */
function jpegSize(view: DataView): ImageSize | null {
  let at = 2;
  while (at + 9 < view.byteLength) {
    if (view.getUint8(at) !== 0xff) {
      return null;
    }
    const mark = view.getUint8(at + 1);
    const isFrame = mark >= 0xc0 && mark <= 0xcf && mark !== 0xc4 && mark !== 0xc8 && mark !== 0xcc;
    if (isFrame) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += mark === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}
