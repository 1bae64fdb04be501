/**
 * Cuts refused frames out of a burst in place. What remains keeps its order and its bytes; nothing is moved as long
 * as nothing was refused. Once per packet only `admits` runs: no allocation, no exception.
 */
import { frameHeaderLength, nextFrame } from '../wire/frame-stream.ts';

export abstract class BurstFilter<Origin = void> {
  /** Judges the packet `buf[packet, end)`, which may be empty, and counts it. False: cut it out. */
  protected abstract admits(buf: Uint8Array, packet: number, end: number, origin: Origin): boolean;

  /**
   * Filters the frames in `buf[offset, end)`, whole frames only, and returns the new end. A last frame that is not
   * whole is cut out too, after `admits` saw what there is of it. `origin` describes the burst to `admits`.
   */
  filter(buf: Uint8Array, offset: number, end: number, origin: Origin): number {
    let kept = offset;
    let runStart = offset;
    let at = offset;
    while (at + frameHeaderLength <= end) {
      const next = nextFrame(buf, at);
      const isWhole = next <= end;
      if (!this.admits(buf, at + frameHeaderLength, isWhole ? next : end, origin) || !isWhole) {
        kept = moveRun(buf, runStart, at, kept);
        runStart = isWhole ? next : end;
      }
      at = next;
    }
    return moveRun(buf, runStart, Math.max(runStart, Math.min(at, end)), kept);
  }
}

/** Moves `buf[start, end)` down to `target` and returns the end of the moved bytes. */
function moveRun(buf: Uint8Array, start: number, end: number, target: number): number {
  if (start !== target && start !== end) buf.copyWithin(target, start, end);
  return target + (end - start);
}
