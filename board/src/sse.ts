// Reads a stream of Server-Sent Events, whatever the pieces it comes in.

export interface ServerEvent {
  event: string;
  data: string;
  id: string | null; // null: this event said none
}

export class EventReader {
  private rest = '';
  private fields: { event: string; data: string[]; id: string | null } = { event: '', data: [], id: null };

  // The events that are complete with this text.
  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    // A CR at the end may be half of a line end.
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop()!;
    for (const line of lines) {
      if (line === '') {
        const { event, data, id } = this.fields;
        if (data.length > 0) events.push({ event: event || 'message', data: data.join('\n'), id });
        this.fields = { event: '', data: [], id: null };
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === 0) continue; // a comment: the heartbeat
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (name === 'event') this.fields.event = value;
      if (name === 'data') this.fields.data.push(value);
      if (name === 'id') this.fields.id = value;
    }
    return events;
  }
}
