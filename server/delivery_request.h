#pragma once

// A platform's delivery, once its signature holds: request->grant says what it may speak of.

#include <string_view>

#include "ingest/adapter.h"
#include "server/handlers.h"

namespace pagepulse {

// What the platforms take for "arrived".
HttpResponse DeliveryReceived();

// Counts the body and answers once that is durable. Signed and yet not a delivery, it is logged and
// received all the same: sent again it would be no better. `caps_of` is whose caps its names fall
// under.
Answer CountDelivery(ServerContext& context, HttpRequest& request, const Adapter& adapter,
                     std::string_view caps_of, std::string_view body);

}  // namespace pagepulse
