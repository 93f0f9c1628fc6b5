#include "server/delivery_request.h"

#include <utility>

#include "base/string_view.h"
#include "config/log.h"
#include "server/ingest_request.h"

namespace pagepulse {

HttpResponse DeliveryReceived() {
  HttpResponse response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "EVENT_RECEIVED";
  return response;
}

Answer CountDelivery(ServerContext& context, HttpRequest& request, const Adapter& adapter,
                     std::string_view caps_of, std::string_view body) {
  const auto pipeline = NewPipeline(context, request);
  pipeline->Add(adapter, CopyToChunk(body));
  Submission submission;
  submission.token = caps_of;
  submission.format = adapter.name();
  submission.caps = &context.caps;
  submission.bytes = body.size();
  const absl::StatusOr<Reply> reply = co_await Submit(context, pipeline, std::move(submission));
  if (!reply.ok() && !absl::IsInvalidArgument(reply.status())) co_return reply.status();
  if (!reply.ok()) {
    Log(spdlog::level::warn, "delivery_ignored", {{"error", ToStd(reply.status().message())}});
  }
  co_return DeliveryReceived();
}

}  // namespace pagepulse
