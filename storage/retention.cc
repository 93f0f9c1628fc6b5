#include "storage/retention.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/coding.h"
#include "rocksdb/slice.h"
#include "storage/storage_keys.h"

namespace pagepulse {
namespace {

using rocksdb::CompactionFilter;

class RollupFilter final : public CompactionFilter {
 public:
  explicit RollupFilter(const Retention& retention) {
    for (int i = 1; i <= kLevels; ++i) {
      first_visible_[i] =
          FirstVisiblePeriod(static_cast<Level>(i), retention.horizon_minute[i].load());
    }
  }

  const char* Name() const override { return "pagepulse.rollups"; }
  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice&, std::string*,
              bool*) const override {
    return Expired(key);
  }
  // Keys that hold merge operands alone never reach Filter.
  bool FilterMergeOperand(int, const rocksdb::Slice& key, const rocksdb::Slice&) const override {
    return Expired(key);
  }

 private:
  bool Expired(const rocksdb::Slice& raw) const {
    const auto key = DecodeRowKey(raw.ToStringView());
    return key && key->period < first_visible_[static_cast<int>(key->level)];
  }

  uint32_t first_visible_[kLevels + 1] = {};
};

class JournalFilter final : public CompactionFilter {
 public:
  explicit JournalFilter(const Retention& retention)
      : oldest_id_hour_(retention.oldest_id_hour.load()),
        oldest_reply_ms_(retention.oldest_reply_ms.load()) {}

  const char* Name() const override { return "pagepulse.journal"; }
  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
              bool*) const override {
    if (key.empty()) return false;
    if (key[0] == kIdsPrefix && key.size() == kIdsKeyBytes) {
      Reader hour(key.ToStringView().substr(1));
      return hour.Big32() < oldest_id_hour_;
    }
    if (key[0] == kReplyPrefix && key.size() == kReplyKeyBytes && value.size() >= 8) {
      Reader arrival(value.ToStringView());
      return static_cast<int64_t>(arrival.Little64()) < oldest_reply_ms_;
    }
    return false;
  }

 private:
  uint32_t oldest_id_hour_;
  int64_t oldest_reply_ms_;
};

template <typename F>
class Factory final : public rocksdb::CompactionFilterFactory {
 public:
  Factory(std::shared_ptr<const Retention> retention, const char* name)
      : retention_(std::move(retention)), name_(name) {}

  const char* Name() const override { return name_; }
  std::unique_ptr<CompactionFilter> CreateCompactionFilter(
      const CompactionFilter::Context&) override {
    return std::make_unique<F>(*retention_);
  }

 private:
  std::shared_ptr<const Retention> retention_;
  const char* name_;
};

}  // namespace

FilterFactory NewRollupFilterFactory(std::shared_ptr<const Retention> retention) {
  return std::make_shared<Factory<RollupFilter>>(std::move(retention), "pagepulse.rollups");
}
FilterFactory NewJournalFilterFactory(std::shared_ptr<const Retention> retention) {
  return std::make_shared<Factory<JournalFilter>>(std::move(retention), "pagepulse.journal");
}

}  // namespace pagepulse
