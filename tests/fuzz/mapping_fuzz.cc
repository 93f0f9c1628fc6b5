// Any bytes as a client's body or a mapped file in PAGEPULSE_FUZZ_FORMAT: refused, or events that
// hold; and, of the mapping `wide`, any text as a mapping.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/clients.h"
#include "ingest/mapping.h"
#include "ingest/registry.h"

namespace pagepulse {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

MappingSpec Wide() {
  MappingSpec spec;
  spec.items = "/a/b";
  spec.fields = {{"id", {"/id", "/s + /i | last"}},
                 {"ts", {"/ts", "/v/0/t", "@arrival"}},
                 {"page", {"/u | host", "/v/1", "=p"}},
                 {"post", {"/u | path"}},
                 {"actor", {"/actor"}},
                 {"type", {"/type + /op", "=view"}},
                 {"reaction", {"/type"}},
                 {"count", {"/n"}}};
  spec.types = {
      {"like", "reaction like"}, {"un*", "reaction remove"}, {"*.x", "comment"}, {"*", "*"}};
  return spec;
}

const AdapterRegistry& Registry() {
  static const absl::StatusOr<AdapterRegistry> registry = AdapterRegistry::Make({{"wide", Wide()}});
  return *registry;
}

ParseContext Context() {
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'k'));
  ParseContext context;
  context.key = &key;
  context.now_ms = 1'900'000'000'000;
  context.own_page = "own";
  return context;
}

void CheckBatch(const EventBatch& batch) {
  for (const Event& event : batch.events) {
    Check(!event.page.empty() && event.page != "*" && event.page.size() <= 128);
    Check(event.post.size() <= 128 && event.source.size() <= 32 && event.count >= 1);
    Check(event.ts_ms >= 0 && event.line > 0);
    Check(event.custom_type.empty() == (event.type != EventType::kCustom));
    Check(event.op == Op::kAdd || IsFact(event.type));
  }
}

// As lines and as a document; twice gives the same, and lines are never refused as a whole.
void ParseBytes(std::string_view bytes) {
  Headers binary;
  binary.fields = {{"ce-specversion", "1.0"},
                   {"ce-id", "%41"},
                   {"ce-source", "/p"},
                   {"ce-type", "view"},
                   {"ce-time", std::string(bytes.substr(0, 20))}};
  static const Adapter& format = **Registry().Find(PAGEPULSE_FUZZ_FORMAT);
  for (const Adapter* adapter : {&format, format.document()}) {
    if (adapter == nullptr) continue;
    for (const Headers& headers : {Headers(), binary}) {
      EventBatch batch, again;
      const bool ok = adapter->Parse(CopyToChunk(bytes), headers, Context(), &batch).ok();
      Check(adapter->framing() == Framing::kWhole || ok);
      if (!ok) continue;
      CheckBatch(batch);
      Check(adapter->Parse(CopyToChunk(bytes), headers, Context(), &again).ok());
      Check(again.events.size() == batch.events.size() && again.ignored == batch.ignored);
    }
  }
}

void CompileBytes(std::string_view bytes) {
  MappingSpec spec = Wide();
  const size_t half = bytes.size() / 2;
  spec.fields["page"] = {std::string(bytes.substr(0, half))};
  spec.types[std::string(bytes.substr(half))] = std::string(bytes.substr(0, half));
  absl::StatusOr<Mapping> mapping = MakeMapping("m", spec);
  if (!mapping.ok()) return;
  EventBatch batch;
  const auto adapter = MakeMappedAdapter(*std::move(mapping));
  const std::string name = NameKey(bytes);
  Check(TypeFromName(name) == name);
  if (adapter->Parse(CopyToChunk(R"({"type":")" + name + R"(","ts":1})"), {}, Context(), &batch)
          .ok()) {
    CheckBatch(batch);
  }
}

}  // namespace
}  // namespace pagepulse

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  pagepulse::ParseBytes(bytes);
  constexpr std::string_view kFormat = PAGEPULSE_FUZZ_FORMAT;
  if (kFormat == "wide" && size < 200) pagepulse::CompileBytes(bytes);
  return 0;
}
