#include "query/delta_scan.h"

#include <algorithm>
#include <array>
#include <optional>

namespace pagepulse {
namespace {

class Adder {
 public:
  Adder(const DeltaScan& scan, Tally* tally) : scan_(scan), tally_(tally) {}

  void Add(DeltaBatch batch) {
    if (!status_.ok()) return;
    found_ = found_ || std::any_of(batch.begin(), batch.end(), [&](const Delta* delta) {
               return scan_.members.Of(delta->post, delta->source).has_value();
             });
    std::array<const Delta*, kMaxDeltaBatch> wanted;
    const size_t n = tally_->KeepWanted(batch, wanted.data());
    std::array<Tally::Placed, kMaxDeltaBatch> placed;
    size_t placed_ones = 0;
    for (size_t i = 0; i < n; ++i) {
      const Delta* const delta = wanted[i];
      const std::optional<uint32_t> member = scan_.members.Of(delta->post, delta->source);
      if (member) placed[placed_ones++] = {delta, *member, BucketOf(delta->minute)};
    }
    status_ = tally_->AddDeltas({placed.data(), placed_ones});
  }

  absl::StatusOr<bool> Finish() const {
    if (!status_.ok()) return status_;
    return found_;
  }

 private:
  // They come nearly in order of time.
  uint32_t BucketOf(int64_t minute) {
    if (minute < bucket_from_ || minute >= bucket_to_) {
      const auto next = std::upper_bound(scan_.edges.begin(), scan_.edges.end(), minute);
      bucket_from_ = *(next - 1);
      bucket_to_ = *next;
      bucket_ = static_cast<uint32_t>(scan_.first_bucket + (next - scan_.edges.begin()) - 1);
    }
    return bucket_;
  }

  const DeltaScan& scan_;
  Tally* const tally_;
  int64_t bucket_from_ = 0, bucket_to_ = 0;  // of bucket_
  uint32_t bucket_ = 0;
  bool found_ = false;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<bool> AddDeltas(const DeltaScan& scan, const Cut& cut, Tally* tally) {
  Adder adder(scan, tally);
  const MinuteRange range{scan.edges.front(), scan.edges.back()};
  cut.VisitDeltas(scan.pages, range, [&](DeltaBatch batch) { adder.Add(batch); });
  return adder.Finish();
}

}  // namespace pagepulse
