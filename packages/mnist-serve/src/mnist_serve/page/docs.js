// Shows /openapi.json to people: operations by the first part of their path, then the schemas that they name.

/** An element with attributes and children; null and "" are left out. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== ""));
  return made;
}

const code = (text) => element("code", {}, text);

/** A schema in a few words: "list of integer", "one of …", or a link to its name. */
function inShort(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return [element("a", { href: `#${name}` }, name)];
  }
  if ("const" in schema) return [code(JSON.stringify(schema.const))];
  if (schema.enum) return ["one of ", code(schema.enum.map((value) => JSON.stringify(value)).join(", "))];
  if (schema.anyOf) return schema.anyOf.flatMap((part, i) => [i ? " or " : "", ...inShort(part)]);
  if (schema.prefixItems) return ["[", schema.prefixItems.flatMap((part, i) => [i ? ", " : "", ...inShort(part)]), "]"];
  if (schema.type === "array") return schema.items ? ["list of ", ...inShort(schema.items)] : ["list"];
  if (schema.format === "binary") return ["bytes"];
  if (schema.properties && !schema.title) return ["object with ", code(Object.keys(schema.properties).join(", "))];
  const bounds = [schema.minimum, schema.maximum].filter((bound) => bound !== undefined);
  return [schema.type ?? "anything", bounds.length === 2 ? ` from ${bounds[0]} to ${bounds[1]}` : ""];
}

/** Named things in rows: [name, ...what is said of it]. */
function rows(title, entries) {
  if (!entries.length) return null;
  const parts = entries.map(([name, ...said]) => [element("dt", {}, code(name)), element("dd", {}, ...said)]);
  return [element("h4", {}, title), element("dl", { class: "rows" }, parts)];
}

const contents = (content = {}) => Object.entries(content).map(([type, { schema }]) => [type, ...inShort(schema)]);

/** Text, with what stands between backticks as code. */
const prose = (text = "") => text.split("`").map((part, i) => (i % 2 ? code(part) : part));

const described = (text) => (text ? element("p", { class: "described" }, prose(text)) : null);

/** A command that tries an operation on this very server. */
function curl(method, path, { requestBody, security }) {
  const parts = ["curl"];
  if (security) parts.push("-H 'X-API-Key: KEY'");
  if (requestBody?.content["multipart/form-data"]) parts.push("-F file=@photo.jpg");
  else if (requestBody) parts.push("-H 'Content-Type: application/json' -d @request.json");
  else if (method !== "get") parts.push(`-X ${method.toUpperCase()}`);
  return element("pre", {}, [...parts, new URL(path.slice(1), document.baseURI)].join(" "));
}

function operation(method, path, told) {
  const { summary, description, parameters = [], requestBody, responses } = told;
  const answers = Object.entries(responses).map(([status, answer]) => {
    const types = contents(answer.content).map(([type, ...schema]) => [" ", code(type), ": ", ...schema]);
    return [status, prose(answer.description), status < "300" ? types : ""];
  });
  return element(
    "section",
    { class: "field", "aria-labelledby": told.operationId },
    element("h3", { id: told.operationId }, element("span", { class: "method" }, method.toUpperCase()), path),
    element("p", {}, prose(summary)),
    described(description),
    curl(method, path, told),
    rows("Parameters", parameters.map((one) => [one.name, `in the ${one.in}, `, ...inShort(one.schema), ". ", prose(one.description)])),
    requestBody ? [rows("Body", contents(requestBody.content)), described(requestBody.description)] : null,
    rows("Answers", answers),
  );
}

function schema(name, { description, properties = {}, required = [] }) {
  const entries = Object.entries(properties).map(([key, property]) => [
    key,
    ...inShort(property),
    required.includes(key) ? ", required" : "",
    property.description ? [". ", prose(property.description)] : "",
  ]);
  return element(
    "section",
    { class: "field", id: name, "aria-label": name },
    element("h3", {}, name),
    described(description),
    rows("Properties", entries),
  );
}

function show({ info, paths, components }) {
  document.title = document.getElementById("title").textContent = `The API of ${info.title}`;
  document.getElementById("version").textContent = `Version ${info.version}`;
  document.getElementById("about").append(...prose(info.description));
  const main = document.getElementById("docs");
  let group = null;
  for (const [path, operations] of Object.entries(paths)) {
    const first = `/${path.split("/")[1]}`;
    if (first !== group) main.append(element("h2", { class: "group" }, (group = first)));
    for (const [method, told] of Object.entries(operations)) main.append(operation(method, path, told));
  }
  main.append(element("h2", { class: "group" }, "Schemas"));
  for (const [name, told] of Object.entries(components.schemas)) main.append(schema(name, told));
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

try {
  show(await (await fetch("openapi.json")).json());
} catch (error) {
  document.getElementById("docs").append(element("p", { class: "field" }, `The description can't be shown: ${error.message}`));
}
