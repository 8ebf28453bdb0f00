/** The whole state of the page is in its address, so that a view can be linked and the back button works. */

import { splitOnce } from "./text.js";

/**
 * What an address says: the view's name, what the view is of, and its settings.
 * @param {string} address
 * @returns {{view: string, subject: string, settings: URLSearchParams}}
 */
export function readState(address = location.hash) {
  const [path, query = ""] = splitOnce(address.replace(/^#\/?/, ""), "?");
  const [view, subject = ""] = splitOnce(path, "/");
  return { view: decode(view) || "answer", subject: decode(subject), settings: new URLSearchParams(query) };
}

/** Somebody may have typed the address: what isn't well encoded stays as it is. */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a view. Settings that are empty are left out. */
export function addressOf(view, subject = "", settings = {}) {
  const query = new URLSearchParams(Object.entries(settings).filter(([, value]) => value !== "" && value != null));
  const text = query.toString();
  return `#/${view}${subject === "" ? "" : `/${encodeURIComponent(subject).replaceAll("%2F", "/")}`}${text ? `?${text}` : ""}`;
}

/** The address of the present view with some settings changed; the others stay. */
export function addressWith(changes) {
  const { view, subject, settings } = readState();
  return addressOf(view, subject, { ...Object.fromEntries(settings), ...changes });
}

/** Go to a view. With `replace` the present view isn't kept for the back button. */
export function go(address, { replace = false } = {}) {
  if (address === location.hash) return;
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Change some settings of the present view; the others stay. */
export function setSettings(changes, options) {
  go(addressWith(changes), options);
}
