// The feed's address: to copy it.

import { $, say } from "./common.js";
import { _ } from "./language.js";

$("#copy")?.addEventListener("click", async () => {
  const field = $("#address");
  field.select();
  try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand("copy"); }
  $("#copy").textContent = _("Copied");
  say(_("Copied"));
});
