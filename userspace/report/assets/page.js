// SPDX-License-Identifier: GPL-2.0-or-later
// What a page can do beside being read: tables are sorted and filtered, the timeline is drawn, moved and asked.
"use strict";

// Tables: a click (or Enter) on a head sorts by it.
function cellValue(row, column) {
  const cell = row.cells[column];
  return cell.dataset.v === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.v);
}

function sortTable(table, head, column) {
  const ascending = head.getAttribute("aria-sort") !== "ascending";
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => {
    const left = cellValue(a, column), right = cellValue(b, column);
    // What was not measured is no number: it stays at the end.
    if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
    const order = left < right ? -1 : left > right ? 1 : 0;
    return ascending ? order : -order;
  });
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table")) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sortTable(table, head, column));
    head.replaceChildren(button);
  });
}

// A table of verdicts: rows with the words that are typed.
for (const table of document.querySelectorAll("table[data-filter]")) {
  const tools = document.createElement("div"), label = document.createElement("label"), input = document.createElement("input");
  const count = document.createElement("span");
  tools.className = "tools";
  label.textContent = "Show rows with: ";
  input.type = "search";
  label.append(input);
  tools.append(label, count);
  table.parentElement.before(tools);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${table.tBodies[0].rows.length}`;
  });
}

// A claim that is asked for is open.
function openTarget() {
  const target = document.querySelector("details:target");
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
}
addEventListener("hashchange", openTarget);
openTarget();

// Printed, everything is open.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((details) => { details.open = true; }));

function sayTime(ns) {
  const units = [[1e9, "s"], [1e6, "ms"], [1e3, "us"]];
  for (const [size, unit] of units)
    if (Math.abs(ns) >= size) return `${Number((ns / size).toPrecision(6))} ${unit}`;
  return `${Math.round(ns)} ns`;
}

const ROW = 22, TOP = 22, NAMES = 150, ARROW = 8, LEAST_VIEW_NS = 50;

class Timeline {
  constructor(place, data) {
    this.data = data;
    this.cpu = data.states.findIndex((state) => state.key === "on_cpu");
    this.queue = data.states.findIndex((state) => state.key === "run_queue");
    this.from = 0;
    this.to = data.end;
    this.first = 0; // row at the top
    this.chosen = null; // {row, index} of a span
    this.rows = data.threads.map((thread) => this.unpack(thread));
    this.addTasks();
    this.build(place);
    this.patterns();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  // From three numbers for each span to columns; a span ends where the next one begins.
  unpack(thread) {
    const count = thread.spans.length / 3, begins = new Float64Array(count + 1);
    const states = new Uint8Array(count), extra = new Uint32Array(count);
    let at = thread.from;
    for (let i = 0; i < count; i++) {
      begins[i] = at;
      states[i] = thread.spans[3 * i];
      at += thread.spans[3 * i + 1];
      extra[i] = thread.spans[3 * i + 2];
    }
    begins[count] = at;
    thread.spans = null;
    return { thread, count, begins, states, extra, tasks: [] };
  }

  addTasks() {
    const tasks = this.data.tasks;
    for (let i = 0; i < tasks.length; i += 4) {
      const row = this.rowOf(tasks[i + 1], tasks[i + 2]);
      if (row >= 0) this.rows[row].tasks.push({ id: tasks[i], from: tasks[i + 2], to: tasks[i + 3] });
    }
    for (const row of this.rows) row.tasks.sort((a, b) => a.from - b.from);
  }

  rowOf(tid, when) {
    return this.rows.findIndex((row) => row.thread.first_tid === tid && row.begins[0] <= when && when <= row.begins[row.count]);
  }

  // A thread that executed a program has another number than it began with.
  nameOf(tid, when) {
    const row = this.rows[this.rowOf(tid, when)];
    return row ? `${row.thread.name} (tid ${row.thread.tid})` : `tid ${tid}`;
  }

  build(place) {
    const tools = document.createElement("div");
    tools.className = "tools";
    const actions = [["+", "zoom in", () => this.zoom(0.5)], ["\u2212", "zoom out", () => this.zoom(2)],
      ["\u2190", "earlier", () => this.pan(-0.25)], ["\u2192", "later", () => this.pan(0.25)], ["all", "all of it", () => this.show(0, this.data.end)]];
    for (const [text, says, act] of actions) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.title = says;
      button.setAttribute("aria-label", says);
      button.addEventListener("click", act);
      tools.append(button);
    }
    const hint = document.createElement("span");
    hint.className = "soft";
    hint.textContent = "The wheel zooms (with Shift: other threads), dragging moves, a click asks. Keys: + \u2212 \u2190 \u2192, Home for all, n and p for the next span, \u2191 \u2193 for another thread.";
    tools.append(hint);
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `what ${this.rows.length} threads did over ${sayTime(this.data.end)}; the tables have the figures`);
    this.seen = document.createElement("div");
    this.seen.className = "seen";
    this.seen.setAttribute("aria-live", "polite");
    place.append(tools, this.canvas, this.seen);
    this.tell(null);
    this.visible = Math.min(this.rows.length, 30);
    if (this.visible < this.rows.length) hint.prepend(`${this.visible} of ${this.rows.length} threads are in view. `);
    this.canvas.style.height = `${TOP + this.visible * ROW + 6}px`;
    this.listen();
  }

  listen() {
    const canvas = this.canvas;
    let held = null;
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (event.shiftKey) this.scroll(Math.sign(event.deltaY || event.deltaX));
      else this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.timeAt(event.offsetX));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      held = { x: event.offsetX, y: event.offsetY, from: this.from, to: this.to, first: this.first, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!held) {
        this.tell(this.spanAt(event.offsetX, event.offsetY));
        return;
      }
      const dx = event.offsetX - held.x, dy = event.offsetY - held.y;
      held.moved ||= Math.abs(dx) > 3 || Math.abs(dy) > 3;
      if (!held.moved) return;
      const shift = -dx / this.width() * (held.to - held.from);
      this.show(held.from + shift, held.to + shift);
      this.first = Math.max(0, Math.min(this.rows.length - this.visible, held.first - Math.round(dy / ROW)));
    });
    canvas.addEventListener("pointerup", (event) => {
      if (held && !held.moved) {
        this.chosen = this.spanAt(event.offsetX, event.offsetY);
        this.tell(this.chosen);
        this.draw();
      }
      held = null;
    });
    canvas.addEventListener("keydown", (event) => {
      const keys = { "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2),
        ArrowLeft: () => this.pan(-0.25), ArrowRight: () => this.pan(0.25), ArrowUp: () => this.other(-1), ArrowDown: () => this.other(1),
        Home: () => this.show(0, this.data.end), n: () => this.step(1), p: () => this.step(-1) };
      if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  width() { return Math.max(1, this.canvas.clientWidth - this.names()); }
  names() { return this.canvas.clientWidth < 600 ? 70 : NAMES; }
  timeAt(x) { return this.from + (x - this.names()) / this.width() * (this.to - this.from); }

  show(from, to) {
    const least = Math.min(LEAST_VIEW_NS, this.data.end), length = Math.min(Math.max(to - from, least), this.data.end);
    this.from = Math.max(0, Math.min(from, this.data.end - length));
    this.to = this.from + length;
    this.draw();
  }

  zoom(factor, around = (this.from + this.to) / 2) {
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  pan(share) {
    const shift = (this.to - this.from) * share;
    this.show(this.from + shift, this.to + shift);
  }

  scroll(rows) {
    this.first = Math.max(0, Math.min(this.rows.length - this.visible, this.first + rows));
    this.draw();
  }

  // To the next span of the chosen one's thread, which is brought into view.
  step(by) {
    const at = this.chosen ?? { row: this.first, index: -1 };
    this.choose(at.row, at.index + by);
  }

  // To the thread above or below, to what it did when the chosen span began.
  other(by) {
    const at = this.chosen, number = at ? Math.max(0, Math.min(this.rows.length - 1, at.row + by)) : this.first;
    this.choose(number, this.indexAt(this.rows[number], at ? this.rows[at.row].begins[at.index] : this.from));
  }

  choose(number, wanted) {
    const row = this.rows[number], index = Math.max(0, Math.min(row.count - 1, wanted));
    const begin = row.begins[index], end = row.begins[index + 1], half = (this.to - this.from) / 2;
    this.chosen = { row: number, index };
    this.first = Math.max(number - this.visible + 1, Math.min(number, this.first));
    this.tell(this.chosen);
    if (begin < this.from || end > this.to) this.show((begin + end) / 2 - half, (begin + end) / 2 + half);
    else this.draw();
  }

  // The last span that begins at @when or before.
  indexAt(row, when) {
    let low = 0, high = row.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (row.begins[middle] <= when) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  spanAt(x, y) {
    const number = this.first + Math.floor((y - TOP) / ROW), row = this.rows[number], when = this.timeAt(x);
    if (!row || y < TOP || x < this.names() || when < row.begins[0] || when > row.begins[row.count]) return null;
    return { row: number, index: Math.min(row.count - 1, Math.max(0, this.indexAt(row, when))) };
  }

  tell(at) {
    this.seen.textContent = at ? this.describe(at) : "What a thread did when: point at it, or press n.";
  }

  describe({ row: number, index }) {
    const row = this.rows[number], state = row.states[index], extra = row.extra[index];
    const begin = row.begins[index], end = row.begins[index + 1], thread = row.thread;
    const tasks = row.tasks.filter((task) => task.from < end && task.to > begin).slice(0, 5).map((task) => task.id);
    const lines = [`${thread.name} ${thread.role} (tid ${thread.tid}, process ${thread.pid}): ${this.data.states[state].says}`,
      `${sayTime(end - begin)} (${Math.round(end - begin)} ns), from ${sayTime(begin)} to ${sayTime(end)}`];
    const waits = state !== this.cpu && state !== this.queue, waker = this.wakerOf(row, waits ? index + 1 : index);
    if (state === this.cpu) lines.push(`on CPU ${extra}`);
    if (waits && extra) lines.push(`at ${this.data.locks[extra - 1]}`);
    if (waker) lines.push(waker);
    if (tasks.length) lines.push(`task ${tasks.join(", ")}`);
    return lines.join("\n");
  }

  // Who ended the wait before this span.
  wakerOf(row, index) {
    const extra = row.extra[index];
    if (row.states[index] !== this.queue || !extra) return "";
    return `${extra % 2 ? "handed over by" : "woken where this ran:"} ${this.nameOf(extra >> 1, row.begins[index])}`;
  }

  // A hatch over each colour, as the legend has it.
  patterns() {
    const side = this.data.tile;
    const context = this.canvas.getContext("2d");
    this.fills = this.data.states.map((state) => {
      const tile = document.createElement("canvas");
      tile.width = tile.height = side;
      const paint = tile.getContext("2d");
      paint.fillStyle = state.color;
      paint.fillRect(0, 0, side, side);
      paint.strokeStyle = "#0008";
      paint.stroke(new Path2D(state.hatch));
      return context.createPattern(tile, "repeat");
    });
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.paint();
    });
  }

  paint() {
    const ratio = devicePixelRatio || 1, canvas = this.canvas, context = canvas.getContext("2d");
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const style = getComputedStyle(document.body);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = style.getPropertyValue("--paper");
    context.fillRect(0, 0, width, height);
    this.ink = style.getPropertyValue("--ink");
    this.soft = style.getPropertyValue("--soft");
    context.font = "12px system-ui, sans-serif";
    this.paintAxis(context, width);
    for (let i = this.first; i < this.rows.length && i < this.first + this.visible; i++)
      this.paintRow(context, this.rows[i], TOP + (i - this.first) * ROW, i);
    this.paintGaps(context, height);
    this.paintHandOvers(context);
  }

  x(when) { return this.names() + (when - this.from) / (this.to - this.from) * this.width(); }

  paintAxis(context, width) {
    const step = 10 ** Math.floor(Math.log10((this.to - this.from) / 2)), left = this.names();
    context.fillStyle = this.soft;
    context.fillText(sayTime(this.from), left, 10);
    for (let when = Math.ceil(this.from / step) * step; when <= this.to; when += step) {
      const x = this.x(when);
      context.fillRect(x, 14, 1, 5);
      if (x > left + 90 && x < width - 60) context.fillText(sayTime(when), x + 2, 12);
    }
  }

  paintRow(context, row, y, number) {
    const left = this.names(), columns = this.width();
    context.fillStyle = this.ink;
    context.save();
    context.beginPath();
    context.rect(0, y, left - 6, ROW);
    context.clip();
    context.fillText(`${row.thread.tid} ${row.thread.role || row.thread.name}`, 2, y + 14);
    context.restore();
    // Of spans narrower than a pixel, the state that takes most of it.
    const perPixel = (this.to - this.from) / columns, times = new Float64Array(this.data.states.length);
    let pixel = -1;
    const flush = () => {
      if (pixel < 0) return;
      let most = 0;
      for (let i = 1; i < times.length; i++) if (times[i] > times[most]) most = i;
      if (times[most] > 0) {
        context.fillStyle = this.data.states[most].color;
        context.fillRect(left + pixel, y + 2, 1, ROW - 9);
      }
      times.fill(0);
      pixel = -1;
    };
    for (let i = Math.max(0, this.indexAt(row, this.from)); i < row.count && row.begins[i] < this.to; i++) {
      const begin = Math.max(row.begins[i], this.from), end = Math.min(row.begins[i + 1], this.to);
      if (end <= begin) continue;
      const x = (begin - this.from) / perPixel, wide = (end - begin) / perPixel;
      if (wide >= 1) {
        flush();
        context.fillStyle = wide >= 6 ? this.fills[row.states[i]] : this.data.states[row.states[i]].color;
        context.fillRect(left + x, y + 2, wide, ROW - 9);
        continue;
      }
      if (Math.floor(x) !== pixel) {
        flush();
        pixel = Math.floor(x);
      }
      times[row.states[i]] += end - begin;
    }
    flush();
    this.paintTasks(context, row, y);
    if (this.chosen?.row === number) this.paintChosen(context, row, y);
  }

  // A frame, also around what is narrower than that.
  paintChosen(context, row, y) {
    const from = this.x(row.begins[this.chosen.index]), to = this.x(row.begins[this.chosen.index + 1]);
    if (to < this.names() || from > this.names() + this.width()) return;
    context.strokeStyle = this.ink;
    context.lineWidth = 2;
    context.strokeRect(from - 1, y + 1, Math.max(2, to - from + 2), ROW - 7);
    context.lineWidth = 1;
  }

  // A box around each task, with its number where there is room; of many in little room a line.
  paintTasks(context, row, y) {
    let last = -1;
    context.fillStyle = this.soft;
    for (const task of row.tasks) {
      if (task.to < this.from || task.from > this.to) continue;
      const from = Math.max(this.x(task.from), this.names()), to = Math.min(this.x(task.to), this.names() + this.width());
      if (to - last < 0.5) continue;
      last = to;
      context.fillRect(from, y + ROW - 6, Math.max(0.5, to - from - 1), 2);
      if (to - from > 8) {
        context.strokeStyle = this.ink;
        context.strokeRect(from + 0.5, y + 0.5, to - from - 2, ROW - 6);
      }
      if (to - from > 28) {
        context.lineWidth = 3;
        context.strokeStyle = "#fff";
        context.strokeText(String(task.id), from + 3, y + 12);
        context.lineWidth = 1;
        context.fillStyle = "#000";
        context.fillText(String(task.id), from + 3, y + 12);
        context.fillStyle = this.soft;
      }
    }
  }

  paintGaps(context, height) {
    const gaps = this.data.gaps;
    context.fillStyle = "#ff000033";
    for (let i = 0; i < gaps.length; i += 3) {
      if (gaps[i + 1] < this.from || gaps[i] > this.to) continue;
      const from = Math.max(this.x(gaps[i]), this.names());
      context.fillRect(from, TOP, Math.max(1, this.x(gaps[i + 1]) - from), height - TOP);
    }
  }

  // Who handed over to whom, where the next ones of the same thread leave room for an arrow.
  paintHandOvers(context) {
    context.strokeStyle = this.ink;
    context.fillStyle = this.ink;
    for (let number = this.first; number < this.rows.length && number < this.first + this.visible; number++) {
      const row = this.rows[number];
      let before = -Infinity, at = -Infinity, index = -1;
      for (let i = Math.max(1, this.indexAt(row, this.from)); i < row.count && row.begins[i] < this.to; i++) {
        if (row.states[i] !== this.queue || !(row.extra[i] % 2) || row.begins[i] < this.from) continue;
        const x = this.x(row.begins[i]);
        if (index >= 0 && at - before >= ARROW && x - at >= ARROW) this.paintArrow(context, number, index, at);
        before = at;
        at = x;
        index = i;
      }
      if (index >= 0 && at - before >= ARROW) this.paintArrow(context, number, index, at);
    }
  }

  paintArrow(context, number, index, x) {
    const row = this.rows[number], from = this.rowOf(row.extra[index] >> 1, row.begins[index]);
    if (from < this.first || from >= this.first + this.visible || from === number) return;
    const y = TOP + (number - this.first) * ROW + 8, other = TOP + (from - this.first) * ROW + 8, tip = y > other ? -4 : 4;
    context.beginPath();
    context.moveTo(x, other);
    context.lineTo(x, y);
    context.moveTo(x - 3, y + tip);
    context.lineTo(x, y);
    context.lineTo(x + 3, y + tip);
    context.stroke();
  }
}

const island = document.getElementById("timeline-data");
if (island) new Timeline(document.getElementById("timeline"), JSON.parse(island.textContent));
