#pragma once

// What a browser asks before a site's script may send to another address, and read the answer
// (https://fetch.spec.whatwg.org/#http-cors-protocol). It keeps no request out: tokens do.

#include "config/config.h"
#include "server/handlers.h"

namespace pagepulse {

// OPTIONS of a route for clients: what it takes, and whether the script's site is among
// `browsers.origins`. PERMISSION_DENIED `forbidden_origin`: it is not.
Answer AnswerPreflight(ServerContext& context, HttpRequest& request);

// Lets a script read an answer, an error too, if its site is one of these.
void AllowOrigin(const BrowsersConfig& browsers, const HttpRequest& request,
                 HttpResponse* response);

}  // namespace pagepulse
