// Pictures from elsewhere: chosen, pasted, or dropped anywhere on the page.

export function takePictures(chooser, input, take, complain) {
  chooser.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length) take(input.files[0]);
    input.value = ""; // the same file may be chosen again
  });

  document.addEventListener("paste", (event) => {
    if (event.target.matches("input")) return;
    const [file] = event.clipboardData.files;
    if (file) take(file);
    else complain("There is no picture in the clipboard.");
  });

  const over = document.body.classList;
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over.remove("dropping");
    const [file] = event.dataTransfer.files;
    if (file) take(file);
    else complain("That was no file. Save the picture first, then drop its file here.");
  });
}
