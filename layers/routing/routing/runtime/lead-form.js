/* For <form data-lead-form method="post" action=".../v1/intake/{source}">: fills in where the visitor came from, shows
   errors beside fields, and sends a submission once, whatever is clicked. Without scripts the form posts by itself. */
(function () {
  "use strict";

  var TAGS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id",
    "gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id"];
  var COOKIES = { _fbc: "fbc", _fbp: "fbp" };
  var CONSENT = ["consent_text", "consent.text", "tcpa_text"];
  var OURS = ["redirect", "redirect_error", "idempotency_key"];
  var FAILED = "This could not be sent just now. Please try again.";

  function stored(name, value) {
    try {
      if (value) localStorage.setItem(name, JSON.stringify(value));
      return JSON.parse(localStorage.getItem(name));
    } catch (forbidden) {
      return value || null;
    }
  }

  /* What this page view says of where the visitor came from. Click ids are kept to the letter. */
  function touch() {
    var query = new URLSearchParams(location.search);
    var found = {};
    TAGS.forEach(function (tag) {
      if (query.get(tag)) found[tag] = query.get(tag);
    });
    var isTagged = Object.keys(found).length > 0;
    found.landing_page = location.origin + location.pathname;
    if (document.referrer) found.referrer = document.referrer;
    var isFromElsewhere = document.referrer && document.referrer.indexOf(location.origin + "/") !== 0;
    var last = stored("lead-form.last");
    if (isTagged || isFromElsewhere || !last) last = stored("lead-form.last", found);
    var first = stored("lead-form.first") || stored("lead-form.first", last);
    return { first: first || found, last: last || found };
  }

  function fill(form, name, value) {
    var input = form.elements.namedItem(name);
    if (!input) {
      input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      form.appendChild(input);
    }
    if (!input.value) input.value = value;
  }

  function cookie(name) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
    return found && found[1];
  }

  function unique() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.prototype.map.call(bytes, function (each) { return each.toString(16).padStart(2, "0"); }).join("");
  }

  function say(form, beside, text) {
    var note = document.createElement("span");
    note.className = "lead-form-error";
    note.setAttribute("role", "alert");
    note.textContent = text;
    if (!beside) {
      form.appendChild(note);
      return;
    }
    note.id = "lead-form-error-" + unique();
    beside.setAttribute("aria-invalid", "true");
    beside.setAttribute("aria-describedby", note.id);
    beside.insertAdjacentElement("afterend", note);
  }

  function clear(form) {
    form.querySelectorAll(".lead-form-error").forEach(function (note) { note.remove(); });
    form.querySelectorAll("[aria-invalid]").forEach(function (input) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    });
  }

  /* The visible input of one of our fields: by `data-field` where the form calls it something else. */
  function inputOf(form, field) {
    return Array.prototype.find.call(form.elements, function (input) {
      var named = input.getAttribute("data-field") || input.name;
      return input.type !== "hidden" && (named === field || named === field.replace(/^fields\.(.+)$/, "fields[$1]"));
    });
  }

  function show(form, problem) {
    (problem.errors || []).forEach(function (error) {
      say(form, inputOf(form, error.field), error.message);
    });
    if (!(problem.errors || []).length) say(form, null, problem.detail || FAILED);
    var first = form.querySelector("[aria-invalid]");
    if (first) first.focus();
  }

  function sent(form) {
    var redirect = form.elements.namedItem("redirect");
    if (redirect && redirect.value) return location.assign(redirect.value);
    var thanks = document.querySelector(form.getAttribute("data-thanks") || "[data-lead-form-thanks]");
    form.hidden = true;
    if (thanks) thanks.hidden = false;
    form.dispatchEvent(new CustomEvent("lead-form:sent", { bubbles: true }));
  }

  function prepare(form) {
    var from = touch();
    var isSending = false;
    var last = {};
    Object.keys(from.last).forEach(function (name) { fill(form, name, from.last[name]); });
    Object.keys(from.first).forEach(function (name) { fill(form, "first_" + name, from.first[name]); });

    Object.keys(COOKIES).forEach(function (name) {
      if (cookie(name)) fill(form, COOKIES[name], cookie(name));
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (isSending) return;
      isSending = true;
      clear(form);
      var body = new URLSearchParams();
      new FormData(form).forEach(function (value, name) {
        if (typeof value === "string" && OURS.indexOf(name) < 0) body.append(name, value);
      });
      /* Who has agreed did so on this page. */
      if (CONSENT.some(function (name) { return body.get(name); }) && !body.get("consent_page")) {
        body.append("consent_page", location.origin + location.pathname);
      }
      /* The same again is the same submission; what was changed is another one. */
      if (last.body !== body.toString()) last = { body: body.toString(), key: unique() };
      body.append("idempotency_key", last.key);
      fetch(form.getAttribute("action"), { method: "POST", body: body, headers: { Accept: "application/json" }, credentials: "omit" })
        .then(function (answer) {
          if (answer.ok) return sent(form);
          return answer.json().then(function (problem) { show(form, problem); });
        })
        .catch(function () { say(form, null, FAILED); })
        .finally(function () { isSending = false; });
    });
  }

  function start() {
    document.querySelectorAll("form[data-lead-form]").forEach(prepare);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
