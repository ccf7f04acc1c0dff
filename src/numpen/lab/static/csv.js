// Rows as a CSV file that a person saves: quoted as Python's csv module does it, and harmless in a spreadsheet.

import { element } from "./dom.js";

export function csv(rows) {
  return rows.map((row) => row.map(cell).join(",") + "\n").join("");
}

function cell(value) {
  const text = harmless(String(value ?? ""));
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// A cell that no spreadsheet takes for a formula, in one line; as numpen.cli.pictures does it.
function harmless(text) {
  const line = text.replace(/[\n\r]/g, " ");
  return /^[=+\-@\t]/.test(line) ? `'${line}` : line;
}

export function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
