// CloudEvents in HTTP's binary mode: attributes in the headers, `data` in the body. Both are put
// together to the document that the structured mode sends, so that there is one way to read them.

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "ingest/clients.h"
#include "ingest/json_cursor.h"
#include "ingest/json_index.h"

namespace pagepulse {
namespace {

constexpr std::string_view kPrefix = "ce-";
constexpr std::string_view kSpecVersion = "ce-specversion";

// Attributes beyond printable ASCII are percent-encoded; what is no escape stands for itself.
std::string Decoded(std::string_view value) {
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    const int high = value[i] == '%' && i + 2 < value.size() ? HexDigit(value[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(value[i + 2]) : -1;
    if (low < 0) {
      text.push_back(value[i]);
      continue;
    }
    text.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return text;
}

bool IsJson(std::string_view content_type) {
  const std::string type =
      absl::AsciiStrToLower(ToAbsl(content_type.substr(0, content_type.find(';'))));
  return type.empty() || type.find("json") != std::string::npos;
}

// `text` has its padding.
bool IsOneJsonValue(std::string_view text) {
  JsonIndex& index = JsonIndex::OfThisThread();
  if (index.Build(text) != IndexResult::kOk) return false;
  JsonCursor cursor = {text.data(), index.tokens(), static_cast<uint32_t>(text.size())};
  return cursor.SkipValue() && cursor.done();
}

absl::StatusOr<std::string> Structured(const Headers& headers, std::string_view body) {
  std::string document = "{";
  for (const auto& [name, value] : headers.fields) {
    if (!name.starts_with(kPrefix)) continue;
    AppendJsonString(std::string_view(name).substr(kPrefix.size()), &document);
    document += ':';
    AppendJsonString(Decoded(value), &document);
    document += ',';
  }
  const bool has_data = body.find_first_not_of(" \t\r\n") != std::string_view::npos &&
                        IsJson(headers.Get("content-type"));
  if (!has_data) {
    document.back() = '}';
    return document;
  }
  if (!IsOneJsonValue(body)) {
    return MakeError(absl::StatusCode::kInvalidArgument, RejectName(RejectCode::kBadJson),
                     "the event's data is not JSON, as its Content-Type says",
                     "nothing of it was counted");
  }
  document += "\"data\":";
  document += body;
  document += '}';
  return document;
}

class CloudEventsDocument final : public Adapter {
 public:
  explicit CloudEventsDocument(const Adapter* structured) : structured_(*structured) {}

  std::string_view name() const override { return structured_.name(); }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers& headers, const ParseContext& context,
                     EventBatch* out) const override {
    if (!headers.Get(kSpecVersion).empty()) {
      ASSIGN_OR_RETURN(const std::string document, Structured(headers, chunk.text()));
      chunk = CopyToChunk(document);
    }
    return structured_.Parse(std::move(chunk), headers, context, out);
  }

 private:
  const Adapter& structured_;
};

class CloudEventsLines final : public Adapter {
 public:
  explicit CloudEventsLines(std::unique_ptr<Adapter> mapped)
      : mapped_(std::move(mapped)),
        document_(mapped_->document() != nullptr ? mapped_->document() : mapped_.get()) {}

  std::string_view name() const override { return mapped_->name(); }
  Framing framing() const override { return mapped_->framing(); }
  const Adapter* document() const override { return &document_; }

  absl::Status Parse(Chunk chunk, const Headers& headers, const ParseContext& context,
                     EventBatch* out) const override {
    return mapped_->Parse(std::move(chunk), headers, context, out);
  }

 private:
  const std::unique_ptr<Adapter> mapped_;
  const CloudEventsDocument document_;
};

}  // namespace

std::unique_ptr<Adapter> MakeCloudEventsAdapter(std::unique_ptr<Adapter> mapped) {
  return std::make_unique<CloudEventsLines>(std::move(mapped));
}

}  // namespace pagepulse
