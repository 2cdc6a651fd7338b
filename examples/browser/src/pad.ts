// The drawing pad: strokes by mouse, finger, pen or keys, and what they are as an image like those of MNIST.

/** A point of the pad, from 0 to 1 in both directions. */
type Point = readonly [x: number, y: number];

/** A pad on a canvas. */
export interface Pad {
  /** Forget the strokes. */
  clear(): void;
  /** Show an image, 28 x 28 bytes of ink, instead of strokes. */
  show(pixels: Uint8Array): void;
}

const SIDE = 28;
/** MNIST fits digits into a square of 20 pixels, and centres their mass in 28 (Y. LeCun, C. Cortes, C. Burges). */
const BOX = 20;
/** Width of a stroke in such an image, pixels. */
const STROKE = 2.2;
/** How far one press of an arrow key moves the pen. */
const KEY_STEP = 1 / 40;

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-KEY_STEP, 0],
  ArrowRight: [KEY_STEP, 0],
  ArrowUp: [0, -KEY_STEP],
  ArrowDown: [0, KEY_STEP],
};

/** Draw strokes: points times `scale` plus the offset. */
function draw(
  context: CanvasRenderingContext2D,
  strokes: readonly (readonly Point[])[],
  scale: number,
  [dx, dy]: Point,
  width: number,
): void {
  context.lineWidth = width;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of strokes) {
    context.beginPath();
    for (const [i, [x, y]] of stroke.entries()) {
      if (i === 0) context.moveTo(x * scale + dx, y * scale + dy);
      context.lineTo(x * scale + dx, y * scale + dy);
    }
    context.stroke();
  }
}

/** Strokes as 28 x 28 bytes of ink. */
export function imageOf(strokes: readonly (readonly Point[])[]): Uint8Array {
  const points = strokes.flat();
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const scale = (BOX - STROKE) / Math.max(width, height, 0.2);
  const centred: Point = [SIDE / 2 - (left + width / 2) * scale, SIDE / 2 - (top + height / 2) * scale];
  const context = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true }) as unknown as CanvasRenderingContext2D;
  const drawn = (offset: Point): Uint8Array => {
    context.clearRect(0, 0, SIDE, SIDE);
    draw(context, strokes, scale, offset, STROKE);
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i + 3]);
  };
  const pixels = drawn(centred);
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((ink, i) => {
    mass += ink;
    x += ink * ((i % SIDE) + 0.5);
    y += ink * (Math.floor(i / SIDE) + 0.5);
  });
  return mass === 0 ? pixels : drawn([centred[0] + SIDE / 2 - x / mass, centred[1] + SIDE / 2 - y / mass]);
}

/** Make a pad of `canvas`; `changed` gets the image, or null when the pad is empty. */
export function makePad(canvas: HTMLCanvasElement, changed: (pixels: Uint8Array | null) => void): Pad {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const side = canvas.width;
  let strokes: Point[][] = [];
  let image: Uint8Array | null = null;
  let pen: Point = [0.5, 0.5];
  let down = false;
  let keys = false;

  const paint = (): void => {
    context.clearRect(0, 0, side, side);
    const { color, accentColor } = getComputedStyle(canvas);
    context.strokeStyle = color;
    context.fillStyle = color;
    if (image === null) draw(context, strokes, side, [0, 0], side / 13);
    else {
      const cell = side / SIDE;
      image.forEach((ink, i) => {
        context.globalAlpha = ink / 255;
        context.fillRect((i % SIDE) * cell, Math.floor(i / SIDE) * cell, cell, cell);
      });
      context.globalAlpha = 1;
    }
    if (!keys) return;
    // where the pen is, for those who move it by keys
    context.strokeStyle = accentColor === 'auto' ? 'Highlight' : accentColor;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(pen[0] * side, pen[1] * side, down ? 5 : 9, 0, 2 * Math.PI);
    context.stroke();
  };
  const begin = (): void => {
    if (image !== null) strokes = [];
    image = null;
    strokes.push([pen]);
    down = true;
  };
  const move = (to: Point): void => {
    pen = [Math.min(1, Math.max(0, to[0])), Math.min(1, Math.max(0, to[1]))];
    if (down) strokes[strokes.length - 1].push(pen);
  };
  const report = (): void => {
    paint();
    changed(image ?? (strokes.length > 0 ? imageOf(strokes) : null));
  };

  const pointOf = (event: PointerEvent): Point => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    keys = false;
    pen = pointOf(event);
    begin();
    report();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!down || keys) return;
    // all points that the device saw, not only the last one of each frame
    const events = event.getCoalescedEvents();
    for (const each of events.length > 0 ? events : [event]) move(pointOf(each));
    report();
  });
  const lift = (): void => {
    if (!keys) down = false;
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener('keydown', (event) => {
    const arrow = ARROWS[event.key];
    if (event.key !== ' ' && !arrow) return;
    event.preventDefault();
    keys = true;
    if (arrow) move([pen[0] + arrow[0], pen[1] + arrow[1]]);
    else if (down) down = false;
    else begin();
    if (down) report();
    else paint();
  });
  canvas.addEventListener('blur', () => {
    keys = false;
    down = false;
    paint();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);

  return {
    clear() {
      strokes = [];
      image = null;
      down = false;
      report();
    },
    show(pixels) {
      strokes = [];
      image = pixels;
      down = false;
      report();
    },
  };
}
