/** Light, dark, or as the system has it. Remembered where the browser lets a file remember something. */

const KEY = "valkey-loop-matrix-theme";
export const THEMES = ["system", "light", "dark"];

/** The theme that was chosen last. */
export function readTheme() {
  try {
    const theme = localStorage.getItem(KEY);
    return THEMES.includes(theme) ? theme : "system";
  } catch {
    return "system";
  }
}

/** Show the page in a theme, now and the next time. */
export function setTheme(theme) {
  showTheme(theme);
  dispatchEvent(new Event("themechange")); // for what is drawn, not styled
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // it holds until the page is left
  }
}

/** Show the page in a theme. */
export function showTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
