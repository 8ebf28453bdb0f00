/** What is shown where the address names something that isn't in this page. */

import { html } from "../vendor/lit-html.js";

/**
 * @param {string} what that isn't there, such as "cell default/function/x"
 * @param {string} remedy what to do, a sentence
 */
export function drawMissing(what, remedy = "") {
  return html`<h1>Not in this page</h1>
    <p role="alert">There is no ${what} in these results. ${remedy}</p>
    <p><a href="#/answer">To the answer</a> · <a href="#/matrix">To the matrix</a></p>`;
}

/** What is shown where a view failed. */
export function drawFailure(error) {
  return html`<h1>This view could not be drawn</h1>
    <p role="alert">That is an error of the page, not of your results. Please report it with this text:</p>
    <pre class="plain">${location.hash}
${error.stack ?? error}</pre>`;
}
