// The marks of one connection that are not echoed yet. An echo that comes for a connection that is gone is none.
export class OutstandingMarks {
  private names: string[] = [];

  came(name: string) {
    this.names.push(name);
  }

  // Whether `name` is to be echoed: once for each time it came.
  reached(name: string): boolean {
    const at = this.names.indexOf(name);
    if (at < 0) return false;
    this.names.splice(at, 1);
    return true;
  }

  forget() {
    this.names = [];
  }
}
