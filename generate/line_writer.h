#pragma once

// Events as NDJSON, gathered into blocks.

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "model/metric.h"

namespace pagepulse {

// What a generator decides. The text of ids is made from numbers; none needs an escape in JSON.
struct Line {
  int64_t ts_ms = 0;
  uint64_t id = 0, id_salt = 0;         // id 0: none; ids that differ stay different
  uint32_t actor = 0;                   // 0: none; below 2^28
  uint64_t object = 0;                  // 0: none; a comment's or share's id, after its post
  std::string_view page, post, source;  // empty: none; at most 64 bytes
  EventType type = EventType::kView;
  Op op = Op::kAdd;
  ReactionKind reaction = ReactionKind::kUnknown;
  bool epoch_ts = false;  // ts as epoch milliseconds instead of RFC 3339
};

class LineWriter {
 public:
  using Sink = absl::FunctionRef<absl::Status(std::string_view)>;
  explicit LineWriter(Sink sink);

  // The line with its end; valid until the next call. After an error of the sink nothing more is
  // given to it; status() says so.
  std::string_view Write(const Line& line);
  void WriteText(std::string_view line);  // one that Write gave before, told again
  void Flush();
  const absl::Status& status() const { return status_; }

 private:
  static constexpr size_t kBlockBytes = 1 << 20, kMaxLineBytes = 1024;

  char* Room();
  void PutTime(int64_t ts_ms, char** p);

  Sink sink_;
  std::unique_ptr<char[]> block_;
  size_t size_ = 0;
  int32_t day_ = -1;  // the civil day that day_text_ is
  char day_text_[10] = {};
  absl::Status status_;
};

}  // namespace pagepulse
