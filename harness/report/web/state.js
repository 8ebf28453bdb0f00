/** The whole state of the page is in its address, so that a view can be linked and the back button works. */

/** What the address says: the view's name, what the view is of, and its settings. */
export function readState() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/");
  return { view: view || "answer", subject: decodeURIComponent(rest.join("/")), settings: new URLSearchParams(query) };
}

/** The address of a view. Settings that are empty are left out. */
export function addressOf(view, subject = "", settings = {}) {
  const query = new URLSearchParams(Object.entries(settings).filter(([, value]) => value !== "" && value != null));
  const text = query.toString();
  return `#/${view}${subject === "" ? "" : `/${encodeURIComponent(subject).replaceAll("%2F", "/")}`}${text ? `?${text}` : ""}`;
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
  const { view, subject, settings } = readState();
  go(addressOf(view, subject, { ...Object.fromEntries(settings), ...changes }), options);
}
