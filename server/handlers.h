#pragma once

// One function a route and method. They run on the session's thread and leave it for pools and the
// engine; an error status becomes the answer (http_status.h).

#include "absl/status/statusor.h"
#include "server/await.h"
#include "server/http_message.h"
#include "server/server_context.h"

namespace pagepulse {

using Answer = Task<absl::StatusOr<HttpResponse>>;
using Handler = Answer (*)(ServerContext& context, HttpRequest& request);

// ingest_handler.cc
Answer PostEvents(ServerContext& context, HttpRequest& request);
Answer GetRejected(ServerContext& context, HttpRequest& request);

// jobs_handler.cc
Answer GetJobs(ServerContext& context, HttpRequest& request);
Answer GetJob(ServerContext& context, HttpRequest& request);
Answer PostJob(ServerContext& context, HttpRequest& request);

// query_handler.cc
Answer GetQuery(ServerContext& context, HttpRequest& request);
Answer PostQuery(ServerContext& context, HttpRequest& request);
Answer GetReconcile(ServerContext& context, HttpRequest& request);
Answer PostReconcile(ServerContext& context, HttpRequest& request);

// live_handler.cc
Answer GetLive(ServerContext& context, HttpRequest& request);

// catalog_handler.cc
Answer GetPages(ServerContext& context, HttpRequest& request);
Answer GetPosts(ServerContext& context, HttpRequest& request);

// facebook_handler.cc
Answer GetFacebook(ServerContext& context, HttpRequest& request);
Answer PostFacebook(ServerContext& context, HttpRequest& request);

// zalo_handler.cc
Answer PostZalo(ServerContext& context, HttpRequest& request);
Answer GetZaloVerifier(ServerContext& context, HttpRequest& request);
// client_handler.cc
Answer PostPosthog(ServerContext& context, HttpRequest& request);
Answer PostSegment(ServerContext& context, HttpRequest& request);

// board_handler.cc
Answer GetBoard(ServerContext& context, HttpRequest& request);

// status_handler.cc
Answer GetMetrics(ServerContext& context, HttpRequest& request);
Answer GetHealth(ServerContext& context, HttpRequest& request);
Answer GetReady(ServerContext& context, HttpRequest& request);

}  // namespace pagepulse
