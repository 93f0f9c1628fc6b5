#include "ingest/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"

namespace pagepulse {
namespace {

// By EventBuilder::Key.
constexpr std::string_view kKeyNames[] = {"id",       "ts", "page",   "post",  "actor", "type",
                                          "reaction", "op", "object", "count", "source"};
static_assert(std::size(kKeyNames) == EventBuilder::kKeys);
constexpr EventBuilder::Key kRequired[] = {EventBuilder::kTs, EventBuilder::kPage,
                                           EventBuilder::kType};

absl::Status BadMapping(const std::string& name, std::string_view key, std::string_view why,
                        std::string_view hint) {
  const std::string of = key.empty() ? "" : fmt::format(", `{}`", key);
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_mapping",
                   fmt::format("mapping `{}`{}: {}", name, of, why), hint);
}

absl::Status BadMapping(const std::string& name, std::string_view key, const absl::Status& why) {
  return BadMapping(name, key, ToStd(why.message()), ErrorHint(why));
}

absl::Status CheckSource(const FieldSource& source, EventBuilder::Key key) {
  const auto bad = [](std::string_view why) {
    return MakeError(absl::StatusCode::kInvalidArgument, "bad_source", why);
  };
  if (source.kind == FieldSource::kOwnPage && key != EventBuilder::kPage) {
    return bad("`@page` is a value of `page` alone");
  }
  if (source.kind == FieldSource::kArrival && key != EventBuilder::kTs) {
    return bad("`@arrival` is a value of `ts` alone");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Mapping> MakeMapping(const std::string& name, const MappingSpec& spec) {
  Mapping mapping;
  mapping.name = name;
  if (spec.items) {
    absl::StatusOr<JsonPath> items = ParseJsonPointer(*spec.items);
    if (!items.ok()) return BadMapping(name, "items", items.status());
    mapping.items = *std::move(items);
  }
  for (const auto& [key_name, texts] : spec.fields) {
    const auto* known = std::find(std::begin(kKeyNames), std::end(kKeyNames), key_name);
    if (known == std::end(kKeyNames)) {
      return BadMapping(name, key_name, "events have no such key",
                        fmt::format("they have {}", fmt::join(kKeyNames, ", ")));
    }
    const auto key = static_cast<EventBuilder::Key>(known - std::begin(kKeyNames));
    for (const std::string& text : texts) {
      absl::StatusOr<FieldSource> source = ParseFieldSource(text, &mapping.pointers);
      absl::Status status = source.status();
      if (status.ok()) status = CheckSource(*source, key);
      if (status.ok() && key == EventBuilder::kType && source->kind == FieldSource::kConstant) {
        absl::StatusOr<TypeMeaning> meaning = ParseTypeMeaning(source->constant);
        status = meaning.status();
        if (meaning.ok()) mapping.constant_type = *std::move(meaning);
      }
      if (!status.ok()) return BadMapping(name, key_name, status);
      mapping.fields[key].push_back(*std::move(source));
    }
  }
  for (const EventBuilder::Key key : kRequired) {
    if (!mapping.fields[key].empty()) continue;
    return BadMapping(name, kKeyNames[key], "every event needs it",
                      "say where it is (\"/a/b\") or what it is (\"=text\")");
  }
  absl::StatusOr<TypeTable> types = TypeTable::Make(spec.types);
  if (!types.ok()) return BadMapping(name, "types", types.status());
  mapping.types = *std::move(types);
  return mapping;
}

MappingSpec Overlay(MappingSpec base, const MappingSpec& over) {
  if (over.items) base.items = over.items;
  for (const auto& [key, sources] : over.fields) base.fields[key] = sources;
  for (const auto& [name, meaning] : over.types) base.types[name] = meaning;
  return base;
}

}  // namespace pagepulse
