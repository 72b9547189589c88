#include "api/invite_page.hpp"

namespace parley::api {
namespace {

// The same page for every token: whether it is good is asked by its script.
constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley: join</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem; color-scheme: light dark; }
  label { display: block; margin: 1rem 0 .25rem; }
  input, button { font: inherit; width: 100%; padding: .5rem; box-sizing: border-box; }
  button { margin-top: 1.5rem; }
  #told { margin-top: 1rem; }
</style>
</head>
<body>
<main>
<h1 id="title">Join Parley</h1>
<form id="form" hidden>
  <label for="email">E-mail address</label>
  <input id="email" type="email" autocomplete="username" required>
  <label for="name">Name</label>
  <input id="name" autocomplete="name">
  <label for="password">Password, ten characters at least</label>
  <input id="password" type="password" autocomplete="new-password" minlength="10" required>
  <button>Join</button>
</form>
<p id="told" role="status">…</p>
</main>
<script src="/invite.js"></script>
</body>
</html>
)";

constexpr std::string_view kScript = R"('use strict';
const at = (id) => document.getElementById(id);
const address = '/api/v1/invites/' + location.pathname.split('/')[2];
const tell = (text) => { at('told').textContent = text; };

async function ask(options) {
  const answer = await fetch(address, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || body.title);
  return body;
}

ask().then((invite) => {
  at('title').textContent = invite.firstOwner ? 'Become the owner' : 'Join Parley';
  if (!invite.firstOwner) {
    at('email').value = invite.email;
    at('email').readOnly = true;
  }
  at('form').hidden = false;
  tell('');
}).catch((error) => tell(error.message));

at('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const body = { name: at('name').value, password: at('password').value };
  if (!at('email').readOnly) body.email = at('email').value;
  ask({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    .then((me) => {
      at('form').hidden = true;
      tell('You are in, ' + (me.name || me.email) + '.');
    })
    .catch((error) => tell(error.message));
});
)";

net::HttpResponse page(std::string_view text, std::string_view type) {
  net::HttpResponse response;
  response.content_type = type;
  response.body = text;
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_invite_page(Router& router) {
  router.get("/invite/{token}",
             [](const auto&, const auto&) { return page(kPage, "text/html; charset=utf-8"); });
  router.get("/invite.js",
             [](const auto&, const auto&) { return page(kScript, "text/javascript; charset=utf-8"); });
}

}  // namespace parley::api
