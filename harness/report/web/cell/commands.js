/** What to type to go on with a cell. */

import { html } from "../vendor/lit-html.js";
import { drawCopy } from "../copy.js";

const MEANINGS = {
  run: "Run it again",
  repro: "Write it as a folder that runs by itself",
  explain: "What its errors mean, and where they are met",
  cure: "Find the smallest changes that cure it, by running them",
};

/** The commands for a cell in an environment. */
export function drawCommands(model, cell, environment, names = Object.keys(MEANINGS)) {
  return html`<dl class="commands">${names
    .filter((name) => model.data.commands[name])
    .map((name) => [MEANINGS[name], makeCommand(model, name, cell, environment)])
    .map(([meaning, command]) => html`<div><dt>${meaning}</dt><dd>${drawCommand(command, meaning)}</dd></div>`)}</dl>`;
}

/** A command with a button that copies it. */
export function drawCommand(command, what) {
  return html`<span class="command"><code tabindex="0">${command}</code>${drawCopy(() => command, `the command: ${what}`)}</span>`;
}

/**
 * A command of the page's data, with what it stands for put in. Cells' names come from files of anybody.
 * @param {import("../model.js").Model} model
 * @param {string} name "run", "cure", …
 */
function makeCommand(model, name, cell, environment) {
  const { dimensions } = model.environments[environment];
  const values = { cell: model.cells[cell], plugin: dimensions["pytest-asyncio"], python: dimensions.python };
  const text = model.data.commands[name].replaceAll(/\{(\w+)\}/g, (whole, key) => (key in values ? quoteWord(values[key]) : whole));
  return [text, ...listFurther(model, environment)].join(" ");
}

/** Options for what tells the environment from those that the command would mean without them. */
function listFurther(model, environment) {
  const { dimensions } = model.environments[environment];
  const named = ["pytest-asyncio", "python", "platform"];
  const alike = model.environments.filter((one) => named.every((name) => one.dimensions[name] === dimensions[name]));
  const differs = (name) => alike.some((one) => one.dimensions[name] !== dimensions[name]);
  const [client, version] = dimensions.client.split(" ");
  return [
    ...(differs("pytest") ? ["--pytest", quoteWord(dimensions.pytest)] : []),
    ...(client === model.data.client ? [] : ["--client", quoteWord(client)]),
    ...(differs("client") && version ? [`--${client}`, quoteWord(version)] : []),
  ];
}

/** A word that a shell takes for one, whatever is in it. */
export function quoteWord(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
