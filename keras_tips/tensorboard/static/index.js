// The Tips page: what the doctor said of every run, as text and tables. TensorBoard loads this file into a frame of its own
// and calls render(). All addresses are relative, so that the page works behind a path prefix and in notebooks.

const SEVERITIES = {
  critical: { icon: "✖", word: "critical" },
  warning: { icon: "▲", word: "warning" },
  info: { icon: "●", word: "info" },
};
const STAGES = {
  setup: "Next step: repair the setup (data, loss, model) before training again.",
  training: "Next step: get a good result on the training data first.",
  generalization: "Next step: training is good, now work on validation data.",
  done: "Nothing is left to do.",
};

let chosen = null; // name of the run that is shown
let turn = 0; // number of the newest request: an older answer that comes late is dropped

export async function render() {
  document.title = "Tips";
  document.documentElement.lang = "en";
  const style = element("link", { rel: "stylesheet", href: "./static/style.css" });
  document.head.append(style);
  const main = element("main", { id: "tips" }, element("p", { className: "quiet" }, "Reading the diagnoses …"));
  const spoken = element("p", { id: "spoken", className: "unseen", role: "status" });
  document.body.append(main, spoken);
  followColours();
  listenForReload(() => refresh(main));
  await refresh(main);
}

async function refresh(main) {
  const mine = ++turn;
  const focused = document.activeElement?.id;
  try {
    const runs = await fetchJson("./runs");
    if (chosen === null || !runs.includes(chosen)) chosen = runs[0] ?? null;
    const series = chosen === null ? [] : await fetchJson(`./diagnosis?run=${encodeURIComponent(chosen)}`);
    if (mine !== turn) return;
    main.replaceChildren(heading(), ...(chosen === null ? [nothing()] : page(main, runs, series)));
    if (focused) document.getElementById(focused)?.focus();
  } catch (error) {
    if (mine !== turn) return;
    main.replaceChildren(heading(), element("p", { className: "trouble", role: "alert" }, `✖ ${error.message}`));
  }
}

async function fetchJson(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`TensorBoard answered ${address} with status ${response.status}. Reload the page.`);
  return response.json();
}

function heading() {
  return element("h1", {}, "Tips");
}

function nothing() {
  return element(
    "p",
    {},
    "No run has a diagnosis yet. Train with ",
    element("code", {}, "callbacks=[keras_tips.Doctor(log_dir=...)]"),
    ", then reload.",
  );
}

function page(main, runs, series) {
  const [newest, ...earlier] = series.filter((entry) => entry.diagnosis).reverse();
  const parts = [picker(main, runs)];
  if (!newest) return [...parts, element("p", {}, "What is stored for this run is no diagnosis.")];
  announce(`${runName(chosen)}: ${verdict(newest.diagnosis)}`);
  parts.push(...diagnosisParts(newest));
  if (earlier.length) parts.push(history(earlier));
  return parts;
}

function picker(main, runs) {
  if (runs.length === 1) return element("p", { className: "run" }, "Run ", element("strong", {}, runName(chosen)));
  const options = runs.map((run) => element("option", { value: run, selected: run === chosen }, runName(run)));
  const select = element("select", { id: "run" }, ...options);
  select.addEventListener("change", () => {
    chosen = select.value;
    refresh(main);
  });
  return element("p", { className: "run" }, element("label", { htmlFor: "run" }, `Run (${runs.length}) `), select);
}

// Curves and diagnosis of a run lie in a folder "tips" of its own.
function runName(run) {
  return run.replace(/(^|\/)tips$/, "") || "this folder";
}

function diagnosisParts({ step, diagnosis }) {
  const findings = diagnosis.findings ?? [];
  const parts = [
    element("h2", { className: findings[0]?.severity ?? (diagnosis.reservation ? "warning" : "healthy") }, verdict(diagnosis)),
    element("p", { className: "quiet" }, `${STAGES[diagnosis.stage] ?? ""} Judged at step ${step}.`),
  ];
  if (findings.length) parts.push(findingsTable(findings, causes(diagnosis)));
  const unknown = diagnosis.not_examined ?? [];
  if (unknown.length) {
    const rows = unknown.map(([rule, why]) => element("li", {}, element("strong", {}, plain(rule)), `: ${why}`));
    parts.push(element("h3", {}, `Not examined (${unknown.length})`), element("ul", {}, ...rows));
  }
  return parts;
}

function verdict(diagnosis) {
  const serious = (diagnosis.findings ?? []).filter((finding) => finding.severity !== "info");
  if (!serious.length && diagnosis.reservation) return `▲ ${diagnosis.reservation}`;
  if (!serious.length) return "✔ Healthy: nothing serious was found.";
  const { icon } = SEVERITIES[serious[0].severity] ?? SEVERITIES.info;
  const counts = [counted(serious, "critical", "critical finding"), counted(serious, "warning", "warning")];
  return `${icon} ${counts.filter(Boolean).join(" and ")}. Root cause: ${plain(serious[0].rule)}.`;
}

function counted(findings, severity, noun) {
  const number = findings.filter((finding) => finding.severity === severity).length;
  return number ? `${number} ${noun}${number === 1 ? "" : "s"}` : "";
}

function causes(diagnosis) {
  const found = new Map();
  for (const [cause, consequences] of Object.entries(diagnosis.consequences ?? {})) {
    for (const consequence of consequences) if (!found.has(consequence)) found.set(consequence, cause);
  }
  return found;
}

function findingsTable(findings, causeOf) {
  const head = ["Severity", "Finding", "Layers", "Tips, best first"].map((title) => element("th", { scope: "col" }, title));
  const rows = findings.map((finding) => findingRow(finding, causeOf.get(finding.rule)));
  return element(
    "table",
    { className: "findings" },
    element("caption", {}, "Findings, root cause first"),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows),
  );
}

function findingRow(finding, cause) {
  const { icon, word } = SEVERITIES[finding.severity] ?? { icon: "●", word: finding.severity };
  const sure = `${Math.round(100 * (finding.confidence ?? 1))} % sure`;
  const found = element("td", { className: "finding" }, element("strong", {}, plain(finding.rule)));
  if (cause) found.append(element("span", { className: "quiet" }, ` (a consequence of ${plain(cause)})`));
  found.append(element("p", {}, finding.message), evidence(finding.evidence ?? {}));
  const mark = element("span", { className: "icon", ariaHidden: "true" }, icon);
  return element(
    "tr",
    { className: finding.severity },
    element("td", { className: "severity" }, mark, ` ${word}`, element("br"), element("span", { className: "quiet" }, sure)),
    found,
    labelled("Layers", (finding.layers ?? []).length ? finding.layers.join(", ") : "–"),
    labelled("Tips", tips(finding.tips ?? [])),
  );
}

function labelled(label, content) {
  const cell = element("td", {}, content);
  cell.dataset.label = label;
  return cell;
}

function tips(names) {
  if (!names.length) return "–";
  const command = (name) => element("code", {}, `keras-tips explain ${name}`);
  return element("ol", {}, ...names.map((name) => element("li", {}, plain(name), element("br"), command(name))));
}

function evidence(numbers) {
  const pairs = Object.entries(numbers);
  if (!pairs.length) return "";
  const parts = pairs.flatMap(([name, value]) => [element("dt", {}, plain(name)), element("dd", {}, number(value))]);
  return element("dl", {}, ...parts);
}

function number(value) {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value);
}

function history(earlier) {
  const rows = earlier.map(({ step, diagnosis }) => element("li", {}, `Step ${step}: ${verdict(diagnosis)}`));
  return element("details", {}, element("summary", {}, `Earlier diagnoses (${earlier.length})`), element("ol", {}, ...rows));
}

function plain(name) {
  return String(name).replaceAll("_", " ");
}

function announce(text) {
  const spoken = document.getElementById("spoken");
  if (spoken && spoken.textContent !== text) spoken.textContent = text;
}

// Text only ever becomes text, never markup: whatever a layer is called.
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  const { role, ...rest } = properties;
  if (role) made.setAttribute("role", role);
  Object.assign(made, rest);
  made.append(...children);
  return made;
}

// TensorBoard says whether it is dark by a class of its own body and tells nobody. A frame of another origin may not look;
// there the system's setting decides.
function followColours() {
  let host;
  try {
    host = parent.document.body;
  } catch {
    return;
  }
  const follow = () => {
    document.documentElement.dataset.colours = host.classList.contains("dark-mode") ? "dark" : "light";
  };
  new MutationObserver(follow).observe(host, { attributes: true, attributeFilter: ["class"] });
  follow();
}

// The reload button and the timer of TensorBoard reach a page as a message through a channel that the page opens.
function listenForReload(whenReloaded) {
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => {
    let message;
    try {
      message = JSON.parse(event.data);
    } catch {
      return;
    }
    if (message.isReply) return;
    channel.port1.postMessage(JSON.stringify({ type: message.type, id: message.id, payload: null, error: null, isReply: true }));
    if (message.type === "experimental.DataReloaded") whenReloaded();
  };
  parent.postMessage("experimental.bootstrap", "*", [channel.port2]);
}
