#pragma once

// For the tests of the Zalo adapter; the recount is that of Facebook's.

#include <string_view>

#include "tests/ingest/facebook_testing.h"

namespace pagepulse {

inline absl::Status ParseZalo(std::string_view json, EventBatch* out,
                              const AccountPages* accounts = nullptr, int64_t oldest_ms = 0) {
  ParseContext context;
  context.key = &TestKey();
  context.accounts = accounts;
  context.now_ms = kTestNow;
  context.oldest_ms = oldest_ms;
  return ZaloWebhook().Parse(CopyToChunk(json), Headers(), context, out);
}

inline EventBatch MustParseZalo(std::string_view json, const AccountPages* accounts = nullptr) {
  EventBatch batch;
  const absl::Status status = ParseZalo(json, &batch, accounts);
  EXPECT_TRUE(status.ok()) << status << "\n" << json;
  return batch;
}

}  // namespace pagepulse
