#include "query/metric_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

enum class Side : uint8_t { kNet, kAdded, kRemoved };

// A metric by its counters' ids, before they get their positions.
struct Definition {
  MetricKind kind = MetricKind::kAdditive;
  std::vector<CounterId> facts;  // `added` ids; each `removed` is one above
  std::vector<CounterId> plain;
  Side side = Side::kNet;
  People people = People::kReach;
};

std::vector<CounterId> AllReactions() {
  std::vector<CounterId> ids;
  for (int k = 0; k < kReactionKinds; ++k) {
    ids.push_back(ReactionCounter(static_cast<ReactionKind>(k)));
  }
  return ids;
}

// The counters behind a net metric's name; empty: it is none.
std::vector<CounterId> FactsOf(std::string_view name) {
  if (name == "comments") return {kComments};
  if (name == "shares") return {kShares};
  if (name == "follows") return {kFollows};
  if (name == "reactions") return AllReactions();
  if (name == "interactions") {
    std::vector<CounterId> ids = AllReactions();
    ids.insert(ids.end(), {kComments, kShares});
    return ids;
  }
  constexpr std::string_view kPrefix = "reactions.";
  if (name.substr(0, kPrefix.size()) == kPrefix) {
    const auto kind = ParseReaction(name.substr(kPrefix.size()));
    if (kind) return {ReactionCounter(*kind)};
  }
  return {};
}

Side TakeSide(std::string_view* name) {
  for (const auto& [suffix, side] :
       {std::pair<std::string_view, Side>{".added", Side::kAdded}, {".removed", Side::kRemoved}}) {
    if (name->size() > suffix.size() && name->substr(name->size() - suffix.size()) == suffix) {
      name->remove_suffix(suffix.size());
      return side;
    }
  }
  return Side::kNet;
}

std::optional<Definition> BuiltIn(std::string_view name) {
  if (name == "views") return Definition{.plain = {kViews}};
  if (name == "clicks") return Definition{.plain = {kClicks}};
  if (name == "messages") return Definition{.plain = {kMessages}};
  if (name == "reach") return Definition{.kind = MetricKind::kDistinct, .people = People::kReach};
  if (name == "engaged") {
    return Definition{.kind = MetricKind::kDistinct, .people = People::kEngaged};
  }
  if (name == "engagement_rate") {
    return Definition{
        .kind = MetricKind::kRatio, .facts = FactsOf("interactions"), .plain = {kViews}};
  }
  const Side side = TakeSide(&name);
  std::vector<CounterId> facts = FactsOf(name);
  if (facts.empty()) return std::nullopt;
  return Definition{.kind = side == Side::kNet ? MetricKind::kNet : MetricKind::kAdditive,
                    .facts = std::move(facts),
                    .side = side};
}

std::vector<std::string> KnownNames(const Catalog& catalog) {
  std::vector<std::string> names = {"views", "clicks",  "messages",
                                    "reach", "engaged", "engagement_rate"};
  std::vector<std::string> net = {"interactions", "reactions", "comments", "shares", "follows"};
  for (int k = 1; k < kReactionKinds; ++k) {
    net.push_back(fmt::format("reactions.{}", ReactionName(static_cast<ReactionKind>(k))));
  }
  for (const std::string& name : net) {
    names.insert(names.end(), {name, name + ".added", name + ".removed"});
  }
  for (std::string& name : catalog.AllCustomCounters()) names.push_back(std::move(name));
  const auto add_report = [&](std::string_view name) {
    names.push_back(fmt::format("{}{}", kReportedPrefix, name));
  };
  for (const std::string_view name : KnownReports()) add_report(name);
  for (const std::string& name : catalog.AllReports()) add_report(name);
  return names;
}

absl::Status UnknownMetric(std::string_view name, const Catalog& catalog) {
  const std::vector<std::string> known = KnownNames(catalog);
  const std::string_view nearest = NearestName(name, known);
  std::string hint;
  if (!nearest.empty()) {
    hint = fmt::format("did you mean `{}`?", nearest);
  } else {
    hint = "views, reach, interactions, engagement_rate, reactions.love …: see docs/query.md";
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "unknown_metric",
                   fmt::format("`{}` is not a metric of this store", name), hint);
}

// The id of what `reported.<name>` names, 0 where nothing was reported under a known name yet;
// nullopt: it is no such name.
std::optional<uint16_t> FindReport(std::string_view name, const Catalog& catalog) {
  if (!name.starts_with(kReportedPrefix)) return std::nullopt;
  name.remove_prefix(kReportedPrefix.size());
  if (const auto id = catalog.FindReport(name)) return id;
  const auto known = KnownReports();
  if (std::find(known.begin(), known.end(), name) == known.end()) return std::nullopt;
  return 0;
}

// Hands out positions among the counters that are wanted.
class Positions {
 public:
  explicit Positions(const std::vector<CounterId>& ascending) : ids_(ascending) {}

  uint16_t Of(CounterId id) const {
    return static_cast<uint16_t>(std::lower_bound(ids_.begin(), ids_.end(), id) - ids_.begin());
  }
  void AddFact(CounterId added, Side side, std::vector<MetricTerm>* out) const {
    if (side != Side::kRemoved) out->push_back({Of(added), +1});
    if (side == Side::kNet) out->push_back({Of(added + 1), -1});
    if (side == Side::kRemoved) out->push_back({Of(added + 1), +1});
  }

 private:
  const std::vector<CounterId>& ids_;
};

Metric Build(const std::string& name, const Definition& definition, bool by_reaction,
             const Positions& positions) {
  Metric metric{.name = name, .kind = definition.kind, .people = definition.people};
  for (const CounterId id : definition.facts) {
    positions.AddFact(id, definition.side, &metric.terms);
    if (by_reaction) {
      positions.AddFact(id, definition.side, &metric.terms_of_kind.emplace_back());
    }
  }
  std::vector<MetricTerm>& plain =
      definition.kind == MetricKind::kRatio ? metric.divisor : metric.terms;
  for (const CounterId id : definition.plain) plain.push_back({positions.Of(id), +1});
  return metric;
}

}  // namespace

absl::StatusOr<MetricTable> ResolveMetrics(const std::vector<std::string>& names, bool by_reaction,
                                           const Catalog& catalog) {
  std::vector<Definition> definitions;
  std::set<CounterId> wanted;
  MetricTable table;
  for (const std::string& name : names) {
    std::optional<Definition> definition = BuiltIn(name);
    if (FindReport(name, catalog)) {
      definition = Definition{.kind = MetricKind::kReported};
    } else if (!definition) {
      const std::optional<CounterId> custom = catalog.FindCustomCounter(name);
      if (!custom) return UnknownMetric(name, catalog);
      definition = Definition{.plain = {*custom}};
    }
    for (const CounterId id : definition->facts) {
      if (definition->side != Side::kRemoved) wanted.insert(id);
      if (definition->side != Side::kAdded) wanted.insert(id + 1);
    }
    wanted.insert(definition->plain.begin(), definition->plain.end());
    if (definition->kind == MetricKind::kDistinct) {
      table.wants[static_cast<int>(definition->people)] = true;
    }
    definitions.push_back(*std::move(definition));
  }
  table.counters.assign(wanted.begin(), wanted.end());
  const Positions positions(table.counters);
  for (size_t i = 0; i < names.size(); ++i) {
    table.metrics.push_back(Build(names[i], definitions[i], by_reaction, positions));
    if (definitions[i].kind != MetricKind::kReported) continue;
    table.metrics.back().report = table.reports++;
    table.metrics.back().report_id = *FindReport(names[i], catalog);
  }
  return table;
}

}  // namespace pagepulse
