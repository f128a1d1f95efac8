// Saves clicks in the form of a service; without scripts the same form works, a page load more for each of these.
const form = document.querySelector("form[data-service]");

/** The choices that follow from other fields: a commune from its province. */
const dependent = form ? [...form.querySelectorAll("[data-choices]")] : [];
let asked = 0;
async function choose() {
  const mine = ++asked;
  const body = new FormData();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  const answer = await fetch(`/services/${form.dataset.service}/choices`, { method: "POST", body }).catch(() => undefined);
  if (!answer?.ok || mine !== asked) return;
  const found = await answer.json();
  for (const field of dependent) {
    const choices = found[field.dataset.choices], open = field.tagName === "INPUT";
    if (!choices) continue;
    const options = choices.map(({ value, title }) => Object.assign(document.createElement("option"),
      { value, textContent: title === value && open ? "" : title }));
    if (open) document.getElementById(`${field.id}-list`).replaceChildren(...options);
    else {
      const before = field.value;
      field.replaceChildren(field.options[0], ...options);
      field.value = before;
    }
  }
}
const decisive = new Set(dependent.flatMap((field) => field.dataset.depends.split(" ")));
form?.addEventListener("change", ({ target }) => { if (decisive.has(target.name)) choose(); });

/** Whether nobody would take one of the files: said at once, and not after minutes of sending. */
function tooLarge(input) {
  const status = input.closest(".file-field")?.querySelector(".upload-status");
  if (!status || !input.dataset.most) return false;
  const large = [...input.files].find(({ size }) => size > Number(input.dataset.most));
  status.classList.toggle("wrong", Boolean(large));
  status.textContent = large ? (input.multiple ? `${large.name}: ${input.dataset.large}` : input.dataset.large) : "";
  if (large) input.value = "";
  return Boolean(large);
}

/** A file is sent when it is chosen, with its progress; if that fails it goes with the form. */
function send(input) {
  const field = input.closest(".file-field");
  const [file] = input.files;
  if (!field || !file) return;
  const bar = field.querySelector("progress"), status = field.querySelector(".upload-status");
  const [id, name] = field.querySelectorAll("input[type=hidden]");
  const body = new FormData();
  for (const name of ["csrf", "owner", "acting_for"]) body.append(name, form.elements[name].value);
  body.append("at", id.name);
  body.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", `/services/${form.dataset.service}/files`);
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => { bar.value = loaded / total; };
  const failed = (text) => { bar.hidden = true; status.classList.add("wrong"); status.textContent = text; };
  request.onerror = () => failed(form.dataset.failed);
  request.onload = () => {
    if (request.status === 413) input.value = "";
    if (request.status !== 200) return failed(request.status === 413 ? input.dataset.large : request.response?.problem ?? form.dataset.failed);
    bar.hidden = true;
    id.value = request.response.id;
    name.value = request.response.name;
    field.querySelector(".attached").hidden = false;
    field.querySelector(".attached bdi").textContent = request.response.name;
    status.textContent = "";
    input.value = ""; // it is there: not once more with the form
  };
  bar.hidden = false;
  bar.value = 0;
  status.classList.remove("wrong");
  status.textContent = form.dataset.uploading;
  request.send(body);
}
addEventListener("change", ({ target }) => {
  if (target.type === "file" && !tooLarge(target) && !target.multiple && form?.contains(target)) send(target);
});
