#pragma once

// A mapping, ready to be used: what of a foreign JSON event becomes which value of a native one.
// docs/mappings.md. Immutable once made, so any thread may parse by it.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/adapter.h"
#include "ingest/event_builder.h"
#include "ingest/field_source.h"
#include "ingest/json_elements.h"
#include "ingest/json_pointer.h"
#include "ingest/type_table.h"
#include "model/mapping_spec.h"

namespace pagepulse {

struct Mapping {
  std::string name;
  std::optional<JsonPath> items;
  PointerSet pointers;
  std::array<std::vector<FieldSource>, EventBuilder::kKeys> fields;  // the first that there is
  TypeTable types;
  TypeMeaning constant_type;  // of a type that is a constant
};

// INVALID_ARGUMENT `bad_mapping`: what is wrong in which key of which mapping.
absl::StatusOr<Mapping> MakeMapping(const std::string& name, const MappingSpec& spec);

// Lines, and as a document an array or a single object; with `items` a document alone. The adapters
// own the mapping, and the batches they fill view its constants.
std::unique_ptr<Adapter> MakeMappedAdapter(Mapping mapping);

// `over` put over `base`: its keys in the place of the same ones, its types added.
MappingSpec Overlay(MappingSpec base, const MappingSpec& over);

}  // namespace pagepulse
