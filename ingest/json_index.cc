#include "ingest/json_index.h"

#include <simdjson.h>

#include <algorithm>

#include "ingest/chunk.h"

namespace pagepulse {

static_assert(kPadding >= simdjson::SIMDJSON_PADDING);

struct JsonIndex::Stage1 {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  uint32_t nothing[4] = {0, 0, 0, 0};  // the tokens of an empty text
};

namespace {

constexpr size_t kLeastCapacity = 128 * 1024;
constexpr size_t kMaxDepth = 1;  // of stage 2, which is not used

}  // namespace

JsonIndex::JsonIndex() : stage1_(std::make_unique<Stage1>()) {}
JsonIndex::~JsonIndex() = default;

JsonIndex& JsonIndex::OfThisThread() {
  thread_local JsonIndex index;
  return index;
}

IndexResult JsonIndex::Build(std::string_view text) {
  auto& parser = stage1_->parser;
  if (parser == nullptr || parser->capacity() < text.size()) {
    parser.reset();
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        std::max(text.size(), kLeastCapacity), kMaxDepth, parser);
    if (error) {
      parser.reset();
      return IndexResult::kTooLarge;
    }
  }
  tokens_ = stage1_->nothing;
  if (text.empty()) return IndexResult::kOk;
  const auto error = parser->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                    simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS && error != simdjson::EMPTY) return IndexResult::kInvalid;
  // simdjson itself ends its list with two lengths and a zero and leaves room for more.
  uint32_t* end = parser->structural_indexes.get() + parser->n_structural_indexes;
  std::fill_n(end, 4, static_cast<uint32_t>(text.size()));
  tokens_ = parser->structural_indexes.get();
  return IndexResult::kOk;
}

}  // namespace pagepulse
