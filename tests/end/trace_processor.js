// SPDX-License-Identifier: GPL-2.0-or-later
// Asks Perfetto's own trace processor. Usage: node trace_processor.js DIRECTORY TRACE QUERY...; prints for each query a line of JSON, its
// rows as lists. DIRECTORY has engine_bundle.node.js (made for a Worker of a browser) and trace_processor.wasm.
"use strict";
const fs = require("fs"), path = require("path"), vm = require("vm");
const [directory, trace, ...queries] = process.argv.slice(2);
const APPEND = 1, FINISH = 2, QUERY = 3; // requests of TraceProcessorRpc (trace_processor.proto)

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return Buffer.from([...bytes, value]);
}
const numberField = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytesField = (field, bytes) => Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);

// [field, value] of a message: BigInt, or bytes.
function fields(bytes) {
  const list = [];
  let at = 0;
  const take = () => {
    let value = 0n, shift = 0n, byte;
    do {
      byte = BigInt(bytes[at++]);
      value |= (byte & 127n) << shift;
      shift += 7n;
    } while (byte & 128n);
    return value;
  };
  while (at < bytes.length) {
    const tag = Number(take()), wire = tag % 8;
    if (wire === 0) { list.push([tag >> 3, take()]); continue; }
    const size = wire === 1 ? 8 : wire === 5 ? 4 : Number(take());
    list.push([tag >> 3, bytes.subarray(at, at + size)]);
    at += size;
  }
  return list;
}

function packed(bytes) {
  const values = [];
  let value = 0n, shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte & 128) continue;
    values.push(BigInt.asIntN(64, value));
    value = shift = 0n;
  }
  return values;
}

// A worker's surroundings: where it looks for its program, and its one message port.
function startEngine(replies) {
  const wasm = fs.readFileSync(path.join(directory, "trace_processor.wasm")), surroundings = { console, setTimeout, clearTimeout, TextDecoder, TextEncoder, performance, URL };
  const context = vm.createContext(surroundings);
  surroundings.self = surroundings.globalThis = context;
  surroundings.location = { href: "" };
  surroundings.WorkerGlobalScope = function WorkerGlobalScope() {};
  surroundings.importScripts = () => {};
  surroundings.bytesOfWasm = wasm;
  vm.runInContext(`
    XMLHttpRequest = class { open() {} send() { this.response = new Uint8Array(bytesOfWasm).buffer; this.status = 200; } };
    // Newer engines have 64-bit memory, which it asks for with a program of a memory alone: the one beside it is not for that.
    const Whole = WebAssembly.Module;
    WebAssembly.Module = function (bytes) { if (bytes[8] === 5) throw new WebAssembly.CompileError("32 bits"); return new Whole(bytes); };
  `, context);
  vm.runInContext(fs.readFileSync(path.join(directory, "engine_bundle.node.js"), "utf8"), context);
  const port = { postMessage: (bytes) => replies.push(Buffer.from(bytes)) };
  context.onmessage({ data: port });
  const make = vm.runInContext("(length) => new Uint8Array(length)", context);
  return (bytes) => {
    const inside = make(bytes.length);
    inside.set(bytes);
    port.onmessage({ data: inside });
  };
}

// Cells: 1 is null, 2 an integer, 3 a float, 4 a string (query_result in trace_processor.proto).
function rowsOf(replies) {
  let names = [], rows = [], row = [];
  for (const reply of replies)
    for (const [, message] of fields(reply))
      for (const [field, result] of fields(message).filter(([number]) => number === 203)) {
        const parts = fields(result), error = parts.find(([number]) => number === 2);
        if (error) throw new Error(`field ${field}: ${error[1]}`);
        names.push(...parts.filter(([number]) => number === 1).map(([, name]) => String(name)));
        for (const [, batch] of parts.filter(([number]) => number === 3)) {
          const cells = new Map(fields(batch)), integers = packed(cells.get(2) ?? []), strings = String(cells.get(5) ?? "").split("\0");
          let floats = 0;
          for (const kind of packed(cells.get(1) ?? [])) {
            row.push(kind === 2n ? Number(integers.shift()) : kind === 3n ? cells.get(3).readDoubleLE(8 * floats++) : kind === 4n ? strings.shift() : null);
            if (row.length === names.length) { rows.push(row); row = []; }
          }
        }
      }
  return rows;
}

(async () => {
  const replies = [], send = startEngine(replies);
  let sequence = 0;
  const request = (...parts) => {
    replies.length = 0;
    send(bytesField(1, Buffer.concat([numberField(1, sequence++), ...parts])));
    return replies;
  };
  await new Promise((done) => setTimeout(done, 500)); // its start tells nobody
  request(numberField(2, APPEND), bytesField(101, fs.readFileSync(trace)));
  request(numberField(2, FINISH));
  for (const query of queries)
    console.log(JSON.stringify(rowsOf(request(numberField(2, QUERY), bytesField(103, bytesField(1, Buffer.from(query)))))));
  process.exit(0);
})().catch((error) => {
  console.error(String(error.stack));
  process.exit(1);
});
