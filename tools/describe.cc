#include <fmt/format.h>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "base/coding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "engine/fact_history.h"
#include "engine/figures.h"
#include "engine/group.h"
#include "engine/journal.h"
#include "engine/record.h"
#include "model/time_zone.h"
#include "rollup/detail.h"
#include "rollup/row.h"
#include "tools/inspect.h"

namespace pagepulse {
namespace {

constexpr std::string_view kLevelNames[] = {"?", "minute", "15min", "day", "month"};
constexpr std::string_view kScopeNames[] = {"?", "page", "post", "source", "detail"};

std::string Hex(std::string_view bytes) { return absl::BytesToHexString(ToAbsl(bytes)); }

std::string PeriodName(const RowKey& key) {
  if (key.level >= Level::kDay) {
    const absl::CivilMonth month = CivilMonthOf(static_cast<int32_t>(key.period));
    return fmt::format("{:04}-{:02}", month.year(), month.month());
  }
  const absl::CivilDay day = CivilDayOf(static_cast<int32_t>(key.period));
  return fmt::format("{:04}-{:02}-{:02} UTC", day.year(), day.month(), day.day());
}

std::string SlotName(Level level, uint32_t slot) {
  switch (level) {
    case Level::kMinute:
      return fmt::format("{:02}:{:02}", slot / 60, slot % 60);
    case Level::kQuarter:
      return fmt::format("{:02}:{:02}", slot / 4, slot % 4 * 15);
    case Level::kDay:
      return fmt::format("day {}", slot + 1);
    case Level::kMonth:
      break;
  }
  return "the month";
}

std::string CounterName(CounterId counter, const Catalog& catalog) {
  if (counter >= kCustomFirst) return catalog.CustomCounterName(counter);
  constexpr std::string_view kOccurrences[] = {"views", "clicks", "messages"};
  if (counter < kReactionsFirst) return std::string(kOccurrences[counter]);
  const bool removed = (counter - kReactionsFirst) % 2 == 1;
  std::string name;
  if (counter < kComments) {
    name = fmt::format("reactions.{}",
                       ReactionName(static_cast<ReactionKind>((counter - kReactionsFirst) / 2)));
  } else {
    name = counter < kShares ? "comments" : counter < kFollows ? "shares" : "follows";
  }
  return name + (removed ? ".removed" : ".added");
}

std::string MemberName(Scope scope, uint32_t member, const Catalog& catalog) {
  if (scope == Scope::kPost) {
    return member == 0 ? ", no post" : fmt::format(", post `{}`", catalog.PostName(member));
  }
  return member == 0
             ? ", no source"
             : fmt::format(", source `{}`", catalog.SourceName(static_cast<uint16_t>(member)));
}

absl::Status DescribeCells(Level level, SketchShape shape, std::string_view bytes,
                           const Catalog& catalog, std::string* out) {
  ASSIGN_OR_RETURN(const RowView row, RowView::Open(bytes));
  RETURN_IF_ERROR(row.VisitCounters([&](uint32_t slot, CounterId counter, int64_t count) {
    *out +=
        fmt::format("  {:9}  {} {}\n", SlotName(level, slot), CounterName(counter, catalog), count);
  }));
  absl::Status broken;
  RETURN_IF_ERROR(row.VisitPeople([&](uint32_t slot, People which, std::string_view set) {
    DistinctSet people(shape);
    broken.Update(people.MergeEncoded(set));
    *out += fmt::format("  {:9}  {} {}{:.0f}\n", SlotName(level, slot),
                        which == People::kReach ? "reach" : "engaged",
                        people.exact() ? "" : "about ", people.Estimate());
  }));
  return broken;
}

absl::StatusOr<std::string> DescribeRow(std::string_view key_bytes, std::string_view value,
                                        const Catalog& catalog) {
  const std::optional<RowKey> key = DecodeRowKey(key_bytes);
  if (!key) {
    return absl::DataLossError("not a row key: 14 bytes of period, level, scope, page, member");
  }
  std::string out = fmt::format("row of {}: page `{}`", kScopeNames[static_cast<int>(key->scope)],
                                catalog.PageName(key->page));
  if (key->scope == Scope::kPost || key->scope == Scope::kSource) {
    out += MemberName(key->scope, key->member, catalog);
  }
  out += fmt::format(", {} cells of {}\n", kLevelNames[static_cast<int>(key->level)],
                     PeriodName(*key));
  if (key->scope != Scope::kDetail) {
    RETURN_IF_ERROR(DescribeCells(key->level, ShapeOf(key->scope), value, catalog, &out));
    return out;
  }
  RETURN_IF_ERROR(VisitDetail(value, [&](uint32_t post, uint32_t source, std::string_view row) {
    out += fmt::format(" entry{}{}\n", MemberName(Scope::kPost, post, catalog),
                       MemberName(Scope::kSource, source, catalog));
    return DescribeCells(key->level, kDetailShape, row, catalog, &out);
  }));
  return out;
}

absl::StatusOr<std::string> DescribeFact(std::string_view key, std::string_view value,
                                         const Catalog& catalog) {
  ASSIGN_OR_RETURN(const FactHistory history, FactHistory::Decode(value));
  std::string out = fmt::format("fact {}: {} events\n", Hex(key), history.size());
  for (const FactEvent& event : history) {
    out += fmt::format("  {}  {}", Instant(event.ts_ms), OpName(event.op));
    if (event.kind != ReactionKind::kUnknown) out += fmt::format(" {}", ReactionName(event.kind));
    if (event.post != 0) out += fmt::format(", post `{}`", catalog.PostName(event.post));
    if (event.source != 0) out += fmt::format(", source `{}`", catalog.SourceName(event.source));
    out += "\n";
  }
  for (const Transition& t : history.Walk()) {
    out += fmt::format("  {}  counts 1 {}\n", Instant(t.ts_ms), t.removed ? "removed" : "added");
  }
  return out;
}

std::string DescribeRecord(const Record& r, const Catalog& catalog) {
  std::string out = fmt::format(
      "  {}  {} {}", Instant(r.ts_ms), OpName(r.op),
      r.type == EventType::kCustom
          ? catalog.CustomCounterName(static_cast<CounterId>(kCustomFirst + r.custom_type))
          : std::string(TypeName(r.type)));
  out += fmt::format(", page `{}`", catalog.PageName(r.page));
  if (r.post != 0) out += fmt::format(", post `{}`", catalog.PostName(r.post));
  if (r.source != 0) out += fmt::format(", source `{}`", catalog.SourceName(r.source));
  if (r.count != 1) out += fmt::format(", count {}", r.count);
  if (r.followed) out += fmt::format(", fact {}", FormatHash(r.fact));
  return out + "\n";
}

std::string DescribeRecords(std::string_view bytes, const Catalog& catalog) {
  std::string out;
  for (Reader in(bytes); in.remaining() > 0;) {
    const Record record = ReadRecord(&in);
    if (!in.ok()) return out + "  and a broken record\n";
    out += DescribeRecord(record, catalog);
  }
  return out;
}

absl::StatusOr<std::string> DescribeGroup(std::string_view key, std::string_view value,
                                          const Catalog& catalog) {
  int64_t arrival_ms = 0;
  std::string sections;
  RETURN_IF_ERROR(ReadGroup(value, &arrival_ms, [&](Section tag, std::string_view payload) {
    sections += fmt::format(" section `{}`, {} bytes\n", static_cast<char>(tag), payload.size());
    Reader in(payload);
    if (tag == Section::kRecords) {
      in.Varint();
      sections += DescribeRecords(in.Raw(in.remaining()), catalog);
    } else if (tag == Section::kWithdrawn || tag == Section::kBroughtBack) {
      ReadUndoHeader(&in);
      sections += DescribeRecords(in.Raw(in.remaining()), catalog);
    }
    return absl::OkStatus();
  }));
  return fmt::format("log entry {}, arrived {}\n{}", Reader(key).Big64(), Instant(arrival_ms),
                     sections);
}

absl::StatusOr<std::string> DescribeFigures(uint32_t page, std::string_view value) {
  ASSIGN_OR_RETURN(const FigureHistory history, DecodeHistory(value));
  std::string out = fmt::format("reported of page {}: {} figures\n", page, history.size());
  for (const Figure& figure : history) {
    const ReportedPoint& point = figure.point;
    const std::string period = point.days == 0
                                   ? "in all"
                                   : fmt::format("{} days to {}", point.days,
                                                 Instant(point.day * 86'400'000ll).substr(0, 10));
    out += fmt::format("  {}  {} {}{}{}\n", Instant(point.as_of_ms), point.value, period,
                       figure.job == 0 ? "" : fmt::format(", by job {}", figure.job),
                       figure.told_again ? ", told again" : "");
  }
  return out;
}

absl::StatusOr<std::string> DescribeJournal(std::string_view key, std::string_view value) {
  if (key.empty()) return absl::DataLossError("an empty key");
  Reader in(key.substr(1));
  switch (key[0]) {
    case 'n': {
      ASSIGN_OR_RETURN(const NameEntry entry, DecodeName(value));
      constexpr std::string_view kKinds[] = {"?", "page", "post", "source", "type", "report"};
      return fmt::format("{} {}: `{}`{}{}\n", kKinds[static_cast<int>(entry.kind)], entry.id,
                         entry.name, entry.zone.empty() ? "" : ", zone ", entry.zone);
    }
    case 'i': {
      const uint32_t hour = in.Big32();
      return fmt::format("{} ids that arrived in the hour of {}, checkpoint {}\n", value.size() / 8,
                         Instant(hour * 3'600'000ll), in.Big64());
    }
    case 'j':
      return fmt::format("job {}: `{}`\n", in.Big32(), value);
    case 'p': {
      uint32_t job = 0;
      JobFile file;
      RETURN_IF_ERROR(DecodeJobFile(value, &job, &file));
      return fmt::format("job {}, file `{}`: counted up to byte {}, line {}\n", job, file.file_name,
                         file.position, file.lines);
    }
    case 'u': {
      uint32_t job = 0;
      UndoState undo;
      RETURN_IF_ERROR(DecodeUndoState(value, &job, &undo));
      return fmt::format("job {}: {}, {} events taken out, up to section {} of log entry {}\n", job,
                         undo.running ? "being undone" : "undone", undo.counts.events,
                         undo.sections, undo.sequence);
    }
    case 't':
      return fmt::format("{} bytes of events told again, checkpoint {}\n", value.size(),
                         in.Big64());
    case 'r': {
      ASSIGN_OR_RETURN(const StoredReply stored, DecodeStoredReply(value));
      return fmt::format(
          "reply to an Idempotency-Key of {}: {} received, {} accepted, {} duplicate, "
          "{} rejected\n",
          Instant(stored.arrival_ms), stored.reply.received, stored.reply.accepted,
          stored.reply.duplicate, stored.reply.rejected);
    }
    case 'x': {
      ASSIGN_OR_RETURN(const DeadLetter letter, DecodeDeadLetter(value));
      return fmt::format("rejected: {} line {}: {}\n", letter.origin, letter.line,
                         RejectName(letter.code));
    }
    case 'f':
      return DescribeFigures(in.Big32(), value);
    case 'a':
      return fmt::format("page {}: metrics of the platform's: {:06b}\n", in.Big32(),
                         Reader(value).Byte());
    case 'X':
      return fmt::format("{} lines rejected, ever\n", Reader(value).Little64());
    case 'F': {
      std::string runs;
      for (Reader list(value); list.remaining() >= 8;) runs += fmt::format(" {}", list.Little64());
      return fmt::format("runs of facts, oldest first:{}\n", runs);
    }
    case 'c':
      return fmt::format("checkpoint {}\n", Reader(value).Little64());
    default:
      return fmt::format("entry `{}`, {} bytes\n", key[0], value.size());
  }
}

}  // namespace

std::string Instant(int64_t ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(ms), absl::UTCTimeZone());
}

absl::StatusOr<std::string> DescribeEntry(std::string_view family, std::string_view key,
                                          std::string_view value, const Catalog& catalog) {
  if (family == "minutes" || family == "quarters" || family == "days") {
    return DescribeRow(key, value, catalog);
  }
  if (family == "facts") return DescribeFact(key, value, catalog);
  if (family == "log" || family == "records") return DescribeGroup(key, value, catalog);
  if (family == "journal") return DescribeJournal(key, value);
  return fmt::format("{} bytes\n", value.size());  // of `default`: the store's key among them
}

}  // namespace pagepulse
