#include "storage/fact_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/coding.h"
#include "base/status_macros.h"
#include "storage/rocksdb_status.h"

namespace pagepulse {
namespace {

enum class Part : uint8_t { kPage = 0, kSummary = 1 };

constexpr size_t kKeyBytes = 8 + 1 + 4;
constexpr size_t kSummaryPart = 1 << 20;
constexpr size_t kReadAhead = 256 << 10;
constexpr uint8_t kSummaryVersion = 1;
constexpr char kReading[] = "read facts";

std::string KeyOf(uint64_t run, Part part, uint32_t n) {
  std::string key;
  PutBig64(&key, run);
  key.push_back(static_cast<char>(part));
  PutBig32(&key, n);
  return key;
}

absl::Status Broken(uint64_t run) {
  return absl::DataLossError(fmt::format("the summary of run {} of the facts cannot be read", run));
}

}  // namespace

std::string FactRunBegin(uint64_t number) { return KeyOf(number, Part::kPage, 0); }

std::optional<uint64_t> FactRunOf(std::string_view key) {
  if (key.size() != kKeyBytes) return std::nullopt;
  return Reader(key).Big64();
}

absl::StatusOr<std::shared_ptr<const FactRun>> FactRun::Load(const Rocks& rocks, uint64_t number) {
  std::string summary;
  uint32_t parts = 0;
  const auto add = [&](std::string_view key, std::string_view part) {
    if (key != KeyOf(number, Part::kSummary, parts++)) return Broken(number);
    summary.append(part);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(rocks.Visit(Family::kFacts, KeyOf(number, Part::kSummary, 0),
                              FactRunBegin(number + 1), add, kReading));
  ASSIGN_OR_RETURN(FactRun run, DecodeSummary(number, summary));
  return std::make_shared<const FactRun>(std::move(run));
}

std::string FactRun::EncodeSummary() const {
  std::string out(1, static_cast<char>(kSummaryVersion));
  PutLittle64(&out, facts_);
  PutLittle32(&out, static_cast<uint32_t>(firsts_.size()));
  PutLittle32(&out, static_cast<uint32_t>(filter_.words().size() / RunFilter::kWordsABlock));
  for (const Hash128 first : firsts_) {
    PutLittle64(&out, absl::Uint128Low64(first));
    PutLittle64(&out, absl::Uint128High64(first));
  }
  for (const uint64_t word : filter_.words()) PutLittle64(&out, word);
  return out;
}

absl::StatusOr<FactRun> FactRun::DecodeSummary(uint64_t number, std::string_view bytes) {
  Reader in(bytes);
  const uint8_t version = in.Byte();
  if (in.ok() && version != kSummaryVersion) {
    return absl::UnimplementedError(
        fmt::format("the summary of run {} of the facts has version {}", number, version));
  }
  const uint64_t facts = in.Little64();
  const uint32_t pages = in.Little32(), blocks = in.Little32();
  if (!in.ok() || pages == 0 || in.remaining() / sizeof(Hash128) < pages) return Broken(number);
  std::vector<Hash128> firsts(pages);
  for (Hash128& first : firsts) {
    const uint64_t low = in.Little64();
    first = absl::MakeUint128(in.Little64(), low);
  }
  const size_t count = size_t{blocks} * RunFilter::kWordsABlock;
  if (blocks == 0 || in.remaining() != count * sizeof(uint64_t)) return Broken(number);
  std::vector<uint64_t> words(count);
  for (uint64_t& word : words) word = in.Little64();
  FactRun run(number, RunFilter(std::move(words)));
  run.facts_ = facts;
  run.firsts_ = std::move(firsts);
  return run;
}

absl::StatusOr<std::optional<std::string>> FactRun::Get(const Rocks& rocks,
                                                        Hash128 identity) const {
  if (!MayHold(identity)) return std::nullopt;
  const auto next = std::upper_bound(firsts_.begin(), firsts_.end(), identity);
  if (next == firsts_.begin()) return std::nullopt;
  const auto n = static_cast<uint32_t>(next - firsts_.begin() - 1);
  rocksdb::ReadOptions options;
  options.fill_cache = false;  // who is at a random place is not soon asked for again
  rocksdb::PinnableSlice value;
  RETURN_IF_ROCKS_ERROR(
      rocks->Get(options, rocks.family(Family::kFacts), KeyOf(number_, Part::kPage, n), &value),
      kReading);
  ASSIGN_OR_RETURN(const FactPage page, FactPage::Open(value.ToStringView()));
  const std::optional<std::string_view> history = page.Find(identity);
  if (!history) return std::nullopt;
  return std::string(*history);
}

FactRunWriter::FactRunWriter(const Rocks& rocks, uint64_t number, uint64_t facts_at_most)
    : files_(rocks, Family::kFacts, StagedFileWriter::Kind::kPut, number),
      run_(new FactRun(number, RunFilter(facts_at_most))) {}

absl::Status FactRunWriter::Add(Hash128 identity, std::string_view history) {
  if ((run_->facts_ > 0 && identity <= last_) ||
      history.size() > FactPageBuilder::kMaxHistoryBytes) {
    return absl::InvalidArgumentError("facts do not ascend, or one is too long");
  }
  if (page_.full()) RETURN_IF_ERROR(FinishPage());
  page_.Add(identity, history);
  run_->filter_.Add(identity);
  ++run_->facts_;
  last_ = identity;
  return absl::OkStatus();
}

absl::Status FactRunWriter::FinishPage() {
  const auto n = static_cast<uint32_t>(run_->firsts_.size());
  run_->firsts_.push_back(page_.first());
  return files_.Add(KeyOf(run_->number_, Part::kPage, n), page_.Finish());
}

absl::StatusOr<FactRunWriter::Written> FactRunWriter::Finish() {
  if (!page_.empty()) RETURN_IF_ERROR(FinishPage());
  run_->filter_.ShrinkTo(run_->facts_);
  const std::string summary = run_->EncodeSummary();
  std::string_view rest = summary;
  for (uint32_t n = 0; !rest.empty(); ++n) {
    const std::string_view part = rest.substr(0, kSummaryPart);
    rest.remove_prefix(part.size());
    RETURN_IF_ERROR(files_.Add(KeyOf(run_->number_, Part::kSummary, n), part));
  }
  Written written;
  ASSIGN_OR_RETURN(written.files, files_.Finish());
  written.run = std::move(run_);
  return written;
}

FactRunReader::FactRunReader(const Rocks& rocks, std::shared_ptr<const FactRun> run)
    : run_(std::move(run)), end_(KeyOf(run_->number(), Part::kSummary, 0)), end_slice_(end_) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = kReadAhead;
  options.iterate_upper_bound = &end_slice_;
  records_.reset(rocks->NewIterator(options, rocks.family(Family::kFacts)));
}

absl::Status FactRunReader::OpenPage() {
  RETURN_IF_ROCKS_ERROR(records_->status(), kReading);
  done_ = !records_->Valid();
  if (done_) {
    if (read_ == run_->facts()) return absl::OkStatus();
    return absl::DataLossError(fmt::format("run {} of the facts has {} of its {} facts",
                                           run_->number(), read_, run_->facts()));
  }
  ASSIGN_OR_RETURN(page_, FactPage::Open(records_->value().ToStringView()));
  read_ += page_.size();
  return absl::OkStatus();
}

absl::Status FactRunReader::Next() {
  if (!started_) {
    started_ = true;
    records_->Seek(FactRunBegin(run_->number()));
    RETURN_IF_ERROR(OpenPage());
  } else if (++place_ == page_.size()) {
    place_ = 0;
    records_->Next();
    RETURN_IF_ERROR(OpenPage());
  }
  if (!done_) identity_ = page_.identity(place_);
  return absl::OkStatus();
}

}  // namespace pagepulse
