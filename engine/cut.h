#pragma once

// The engine's cut: one snapshot of the store and the stretches it does not hold yet, each up to
// what was durable when the cut was taken. Together a prefix of the log.

#include <array>
#include <memory>
#include <vector>

#include "engine/figures.h"
#include "engine/stretch.h"
#include "query/data_source.h"

namespace pagepulse {

class EngineCut final : public Cut {
 public:
  struct Part {
    std::shared_ptr<const Stretch> stretch;
    size_t published;
  };
  EngineCut(std::shared_ptr<const RollupSnapshot> snapshot, std::vector<Part> parts,
            std::array<int64_t, kLevels + 1> horizons, int64_t complete_until_ms,
            FiguresUpTo figures)
      : snapshot_(std::move(snapshot)),
        parts_(std::move(parts)),
        horizons_(horizons),
        complete_until_ms_(complete_until_ms),
        figures_(figures) {}

  const RollupSnapshot& rows() const override { return *snapshot_; }
  void VisitDeltas(absl::Span<const uint32_t> pages, MinuteRange range,
                   absl::FunctionRef<void(DeltaBatch)> visit) const override {
    for (const Part& part : parts_) part.stretch->Visit(part.published, pages, range, visit);
  }
  int64_t HorizonMinute(Level level) const override { return horizons_[static_cast<int>(level)]; }
  int64_t complete_until_ms() const override { return complete_until_ms_; }
  void VisitReported(
      uint32_t page, uint16_t metric,
      absl::FunctionRef<void(uint32_t post, const ReportedPoint&)> visit) const override {
    figures_.all->Visit(page, metric, figures_.sequence, visit);
  }
  ReportedKinds ReportedWithin(uint32_t page, uint16_t metric,
                               const ReportedSpan& span) const override {
    return figures_.all->Within(page, metric, figures_.sequence, span);
  }
  bool IsPlatforms(uint32_t page, AuthorityMetric metric) const override {
    return figures_.all->IsPlatforms(page, metric);
  }

 private:
  std::shared_ptr<const RollupSnapshot> snapshot_;
  std::vector<Part> parts_;
  std::array<int64_t, kLevels + 1> horizons_;
  int64_t complete_until_ms_;
  FiguresUpTo figures_;
};

}  // namespace pagepulse
