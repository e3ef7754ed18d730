/** Spans by their begin, the longest for each. Filled in the order of their ends: only what is near the end moves. */
export class Found {
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  add(start: number, end: number): void {
    let at = this.starts.length;
    while (at > 0 && (this.starts[at - 1] ?? 0) > start) at -= 1;
    if (this.starts[at - 1] === start) {
      this.ends[at - 1] = end;
    } else if (at === this.starts.length) {
      this.starts.push(start);
      this.ends.push(end);
    } else {
      this.starts.splice(at, 0, start);
      this.ends.splice(at, 0, end);
    }
  }
}
