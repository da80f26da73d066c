// Puts the page together: what is on the sheet is read; what was read is shown, kept and said.

import { AnswerView, inWords } from "./answer.js";
import { Reader } from "./api.js";
import { drawByPointer, showSheet } from "./canvas.js";
import { inviteOn } from "./ghost.js";
import { History } from "./history.js";
import { drawByKeys } from "./keyboard.js";
import { takePictures } from "./pictures.js";
import { Sheet } from "./sheet.js";
import { toPicture } from "./strokes.js";

const QUIET = 700; // ms without a new answer until the last one is read out

const find = (id) => document.getElementById(id);
const canvas = find("canvas");
const sheet = new Sheet();
const view = new AnswerView(find("answer"));
const history = new History(find("boxes"), (entry) => sheet.recall(entry));
const reader = new Reader({ waits, answered, refused, trouble, keyNeeded, well });
let file = null; // the one whose answer is awaited; it comes onto the sheet with its answer

function read(picture) {
  reader.read({ picture, explains: () => view.explains });
}

function readSheet() {
  const { picture } = sheet.current;
  read(() => picture?.blob ?? toPicture(sheet.current.strokes));
}

async function readFile(chosen) {
  reader.forget();
  notice("");
  file = chosen;
  let copy;
  try {
    // A copy, because the file may be moved or changed while its picture is still here.
    copy = new File([await chosen.arrayBuffer()], chosen.name, { type: chosen.type });
  } catch {
    if (file === chosen) refused("This can’t be read. It may have been moved, or be a folder.");
    return;
  }
  if (file !== chosen) return; // something newer came meanwhile
  file = copy;
  read(() => copy);
}

sheet.addEventListener("change", ({ detail: { before, replaced, answer } }) => {
  const { id } = sheet.current;
  if (before.id !== id) history.complete(before);
  if (replaced || file) reader.forget(); // a late answer to something else is never shown
  file = null;
  if (!inTrouble) notice("");
  showControls();
  if (replaced) history.mark(id);
  if (sheet.isBlank) {
    view.clear();
    say("");
    history.drop(id);
  } else if (answer && isWhole(answer)) {
    show(answer);
  } else {
    if (replaced) view.setOld();
    readSheet();
  }
});

/** Lets assistive technology know whether the answer is about to change. */
function waits(whether) {
  find("answer").ariaBusy = String(whether);
}

function answered(answer) {
  if (file) sheet.place({ blob: file, url: URL.createObjectURL(file) }, answer);
  else show(answer);
}

function show(answer) {
  view.show(answer);
  if (answer.digit === null) history.drop(sheet.current.id);
  else history.keep(sheet.current, answer);
  say(inWords(answer), QUIET);
}

/** Whether an answer has all that is shown now. */
function isWhole(answer) {
  return Boolean(answer.explanation) || !view.explains;
}

// What is on its way may have been asked for without its explanation; a file's is asked for again when it is on the sheet.
find("steps").addEventListener("toggle", () => {
  if (view.explains && !file && !sheet.isBlank) readSheet();
});

function showControls() {
  document.body.classList.toggle("blank", sheet.isBlank);
  find("undo").disabled = !sheet.canUndo;
  find("clear").disabled = sheet.isBlank;
}

// What may go wrong, said where the hints are.

let inTrouble = false;

function notice(text) {
  if (text === find("notice").textContent) return;
  if (text) say(text);
  find("notice").textContent = text;
  document.body.classList.toggle("noticed", text !== "");
}

function refused(sentence) {
  notice(file ? `${file.name}: ${sentence}` : sentence);
  if (file && !sheet.isBlank) readSheet(); // the drawing is still there, and its last answer may be missing
  file = null;
}

function trouble(text) {
  inTrouble = true;
  notice(text);
}

function keyNeeded(text) {
  hideLocked();
  find("key-form").hidden = false;
  find("key-why").textContent = text;
  say(text);
}

function well() {
  if (find("key-form").contains(document.activeElement)) canvas.focus();
  find("key-form").hidden = true;
  if (inTrouble) notice("");
  inTrouble = false;
}

/** Hides the links that answer only with the key, which a plain link can't send. */
function hideLocked() {
  document.body.classList.add("locked");
}

find("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  reader.useKey(find("key").value);
});

// What is said to a screen reader.

let saying;

function say(text, wait = 0) {
  clearTimeout(saying);
  saying = setTimeout(() => (find("said").textContent = text), wait);
}

// Buttons and keys.

const undo = () => sheet.undo();
const clear = () => sheet.clear();
find("undo").addEventListener("click", undo);
find("clear").addEventListener("click", clear);

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input")) return;
  const key = event.key.toLowerCase();
  const onSheet = event.target === canvas && !event.ctrlKey && !event.metaKey;
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && key === "z") undo();
  else if (onSheet && key === "u") undo();
  else if (key === "escape" || (onSheet && (key === "delete" || key === "backspace"))) clear();
  else return;
  event.preventDefault();
});

showSheet(sheet, canvas, find("picture"));
drawByPointer(sheet, canvas);
drawByKeys(sheet, canvas, find("cursor"), say);
takePictures(find("open"), find("file"), readFile, notice);
inviteOn(find("ghost"));
if (reader.hasKey) hideLocked();
showControls();
