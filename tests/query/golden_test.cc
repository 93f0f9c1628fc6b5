// tests/query/golden/*.query: a question in words or JSON, a line `---`, the answer to the byte.
// An error is written `CODE: message`, then its hint. The store they ask is the list below.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "query/query.h"
#include "query/time_text.h"
#include "tests/query/fake_source.h"

namespace pagepulse {
namespace {

int64_t Minute(std::string_view rfc3339) { return ParseTimeBound("t", rfc3339)->minute; }

// It is 12:37:12 on Thursday, 2025-07-10, in Ho Chi Minh City. Minutes are kept for 8 days.
class SmallStore {
 public:
  SmallStore() {
    const uint32_t tan_dinh = catalog_.AddPage("tan-dinh", "Asia/Ho_Chi_Minh");
    const uint32_t bien_hoa = catalog_.AddPage("bien-hoa", "Asia/Ho_Chi_Minh");
    const uint32_t berlin = catalog_.AddPage("berlin", "Europe/Berlin");
    const uint32_t p1 = catalog_.AddPost(tan_dinh, "p1"), p2 = catalog_.AddPost(tan_dinh, "p2");
    const uint32_t cmd = catalog_.AddPost(tan_dinh, "=cmd|' /C calc'!A0, \"x\"");
    const uint32_t q1 = catalog_.AddPost(bien_hoa, "p1");
    const uint32_t fb = catalog_.AddSource("facebook"), zalo = catalog_.AddSource("zalo");
    const CounterId rsvp = catalog_.AddCustom("rsvp");
    constexpr CounterId kLove = 7, kWow = 13;  // added

    Add(tan_dinh, p1, fb, "2025-06-30T15:00:00+07:00", kViews, 4, 1);
    Add(tan_dinh, p1, fb, "2025-07-01T08:00:00+07:00", kViews, 100, 1);
    Add(tan_dinh, p1, fb, "2025-07-01T09:05:00+07:00", kViews, 3, 2);
    Add(tan_dinh, p2, zalo, "2025-07-01T23:59:00+07:00", kViews, 7, 1);
    Add(tan_dinh, 0, 0, "2025-07-02T00:00:00+07:00", kViews, 10, 3);
    Add(tan_dinh, p1, fb, "2025-07-02T10:30:00+07:00", kLove, 1, 1);
    Add(tan_dinh, 0, zalo, "2025-07-02T11:00:00+07:00", rsvp, 2, 0);
    // love becomes wow
    Add(tan_dinh, p1, fb, "2025-07-03T10:31:00+07:00", kLove + 1, 1, 0);
    Add(tan_dinh, p1, fb, "2025-07-03T10:31:00+07:00", kWow, 1, 1);
    Add(tan_dinh, p2, zalo, "2025-07-03T12:00:00+07:00", kComments, 1, 2);
    cut_.Store(std::exchange(deltas_, {}));
    Add(bien_hoa, q1, fb, "2025-07-04T07:00:00+07:00", kViews, 20, 1);
    Add(tan_dinh, p2, zalo, "2025-07-04T08:00:00+07:00", kShares + 1, 1, 0);
    Add(tan_dinh, cmd, fb, "2025-07-05T12:00:00+07:00", kViews, 2, 4);
    cut_.Store(std::exchange(deltas_, {}));
    Add(tan_dinh, 0, zalo, "2025-07-10T12:36:00+07:00", kViews, 5, 2);
    Add(berlin, 0, 0, "2025-07-01T00:30:00+02:00", kViews, 9, 0);
    cut_.Open(std::exchange(deltas_, {}));
    cut_.horizon[static_cast<int>(Level::kMinute)] = now_ms_ / 60'000 - 8 * 1440;
    cut_.complete_until = now_ms_ - 250;
  }

  std::string Ask(std::string_view words) const {
    const absl::StatusOr<QuerySpec> spec = ParseQueryWords(words);
    if (!spec.ok()) return Error(spec.status());
    const auto result = RunQuery(*spec, catalog_, cut_, now_ms_);
    if (!result.ok()) return Error(result.status());
    return FormatResult(*result, spec->format, spec->bom);
  }

 private:
  static std::string Error(const absl::Status& status) {
    return ErrorCode(status) + ": " + std::string(status.message()) + "\n" + ErrorHint(status) +
           "\n";
  }
  void Add(uint32_t page, uint32_t post, uint32_t source, std::string_view time, CounterId counter,
           int64_t value, uint64_t actor) {
    deltas_.push_back(DeltaOf{.page = page,
                              .post = post,
                              .source = source,
                              .minute = Minute(time),
                              .counter = counter,
                              .value = value,
                              .actor = actor,
                              .reach = counter == kViews,
                              .engaged = counter != kViews});
  }

  const int64_t now_ms_ = Minute("2025-07-10T12:37:00+07:00") * 60'000 + 12'000;
  FakeCatalog catalog_;
  FakeCut cut_{catalog_};
  std::vector<Delta> deltas_;
};

TEST(Golden, EveryCase) {
  const SmallStore store;
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/query/golden")) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    const std::string content = text.str();
    const size_t line = content.find("\n---\n");
    ASSERT_NE(line, std::string::npos) << entry.path();
    std::string answer = store.Ask(content.substr(0, line));
    std::erase(answer, '\r');  // CSV's line ends are checked in format_test
    EXPECT_EQ(answer, content.substr(line + 5)) << entry.path();
    ++cases;
  }
  EXPECT_GE(cases, 20);
}

}  // namespace
}  // namespace pagepulse
