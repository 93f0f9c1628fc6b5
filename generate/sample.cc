#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "generate/day_curve.h"
#include "generate/profiles.h"
#include "generate/random.h"

namespace pagepulse {
namespace {

constexpr std::string_view kPage = "tan-dinh-gan-ket";
constexpr int32_t kDays = 171;  // 2025-07-01 to 2025-12-18
constexpr int64_t kEndMs = DayStartMs(kFirstDay + kDays);
constexpr size_t kPosts = 170;  // numbered from 1; 0 is the page itself
constexpr uint64_t kRegulars = 26'000, kPassersBy = 52'000;
constexpr uint64_t kClicks = 56'000, kMessages = 6'400, kFollowers = 12'000;
constexpr uint64_t kLate = 100, kRepeated = 50;  // in ten thousand
constexpr int64_t kLateMs = 2 * 3'600'000, kRepeatMs = 600'000, kFollowUpMs = 2 * kDayMs;

// An event without its text, small enough to hold and sort millions of them.
struct Item {
  int64_t ts_ms;
  int64_t arrival_ms;
  uint32_t number;  // 1, 2, ... in the order of making: its id, and the object's number
  uint32_t object = 0;
  uint32_t actor = 0;
  uint8_t post = 0;
  EventType type = EventType::kView;
  Op op = Op::kAdd;
  ReactionKind reaction = ReactionKind::kUnknown;
  bool has_id = true;
};

struct Post {
  int64_t published_ms;
  uint64_t appeal;
  std::string name;
};

class Sample {
 public:
  Sample(uint64_t seed, LineWriter::Sink sink) : seed_(seed), random_(seed), writer_(sink) {}
  absl::Status Run();

 private:
  void MakePosts();
  void MakeViews(uint64_t views);
  void MakeDay(int32_t day, uint64_t views);
  int64_t ViewTime(int32_t day, const Post* post, const WeightedTable& minutes);
  void MakeInteractions(uint64_t net);
  bool MakeFact(const Item& view);
  bool MakeReaction(Item fact);
  bool MakeComment(Item fact);
  bool MakeShare(Item fact);
  void MakeOthers();
  void FollowUp(const Item& fact, Op op, ReactionKind reaction);
  void Add(Item item);
  uint64_t Attention(const Post& post, int32_t day) const;
  uint32_t PickActor(int32_t day);
  absl::Status WriteAll();

  const uint64_t seed_;
  Random random_;
  LineWriter writer_;
  std::vector<Post> posts_;
  std::vector<Item> items_;  // views first
  uint64_t views_ = 0;
  uint32_t last_number_ = 0;
  absl::flat_hash_set<uint64_t> reacted_;  // actor * 256 + post
  WeightedTable reaction_table_{{0, 55, 26, 8, 3, 4, 3, 1}};
};

absl::Status Sample::Run() {
  MakePosts();
  MakeViews(2'243'000 + Scramble(seed_) % 4'000);
  MakeInteractions(371'600 + Scramble(seed_ + 1) % 300);
  MakeOthers();
  return WriteAll();
}

// About one a day, at the hours at which the ward's office publishes; six of them go viral, the
// one of the national day among them.
void Sample::MakePosts() {
  constexpr int64_t kMinutes[] = {7 * 60 + 30, 11 * 60 + 15, 17 * 60, 19 * 60 + 45};
  constexpr size_t kNationalDay = 63;  // 2025-09-02
  posts_.push_back({0, 0, ""});
  for (size_t i = 0; i < kPosts; ++i) {
    const auto day = static_cast<int32_t>(i * kDays / kPosts);
    const int64_t minute = kMinutes[random_.Below(4)] + static_cast<int64_t>(random_.Below(20));
    std::string number = std::to_string(7'000'000'000'000'000 + Scramble(i) % 1'000'000'000'000);
    posts_.push_back({DayStartMs(kFirstDay + day) + minute * kMinuteMs,
                      40 + random_.SkewedBelow(240), std::string(kPage) + "_" + number});
  }
  posts_[kNationalDay + 1].appeal = 1'700;
  for (int i = 0; i < 5; ++i) {
    posts_[1 + random_.Below(kPosts)].appeal = 700 + random_.Below(1'000);
  }
}

// How much a post draws on a day: most on its first, little after two weeks, never nothing.
uint64_t Sample::Attention(const Post& post, int32_t day) const {
  constexpr uint64_t kByAge[] = {1000, 620, 300, 170, 110, 80, 60, 48, 40, 34, 29, 25, 22, 20};
  const int64_t day_end = DayStartMs(day + 1);
  if (post.published_ms >= day_end) return 0;
  const auto age = static_cast<size_t>((day_end - 1 - post.published_ms) / kDayMs);
  if (age < std::size(kByAge)) return post.appeal * kByAge[age];
  return post.appeal * (age < 40 ? 12 : 3);
}

void Sample::MakeViews(uint64_t views) {
  views_ = views;
  items_.reserve(views + views / 4);
  std::vector<uint64_t> weights;
  for (int32_t d = 0; d < kDays; ++d) {
    uint64_t attention = 60'000;  // of the page itself
    for (size_t p = 1; p < posts_.size(); ++p) attention += Attention(posts_[p], kFirstDay + d);
    const uint64_t growth = 700 + 4 * static_cast<uint64_t>(d);
    weights.push_back(attention * growth * DayWeight(kFirstDay + d) * (880 + random_.Below(240)) /
                      1'000'000);
  }
  const std::vector<uint64_t> by_day = Apportion(weights, views);
  for (int32_t d = 0; d < kDays; ++d) MakeDay(kFirstDay + d, by_day[d]);
}

void Sample::MakeDay(int32_t day, uint64_t views) {
  static const WeightedTable workday(MinuteWeights(false)), weekend(MinuteWeights(true));
  std::vector<uint64_t> attention = {60'000};
  for (size_t p = 1; p < posts_.size(); ++p) attention.push_back(Attention(posts_[p], day));
  const WeightedTable table(attention);
  for (uint64_t i = 0; i < views; ++i) {
    const size_t post = table.Pick(&random_);
    Item view = {};
    view.ts_ms = ViewTime(day, &posts_[post], IsWeekend(day) ? weekend : workday);
    view.actor = PickActor(day);
    view.post = static_cast<uint8_t>(post);
    Add(view);
  }
}

// Nobody sees a post before it is published.
int64_t Sample::ViewTime(int32_t day, const Post* post, const WeightedTable& minutes) {
  for (int attempt = 0; attempt < 16; ++attempt) {
    const auto minute = static_cast<int64_t>(minutes.Pick(&random_));
    const int64_t ts =
        DayStartMs(day) + minute * kMinuteMs + static_cast<int64_t>(random_.Below(kMinuteMs));
    if (ts > post->published_ms) return ts;
  }
  return post->published_ms + 1 + static_cast<int64_t>(random_.Below(3'600'000));
}

// Regulars come back; passers-by come once or twice. Both circles grow with the months.
uint32_t Sample::PickActor(int32_t day) {
  const auto d = static_cast<uint64_t>(day - kFirstDay + 1);
  if (random_.Chance(7200)) {
    return 1 + static_cast<uint32_t>(
                   random_.SkewedBelow(kRegulars / 4 + kRegulars * 3 / 4 * d / kDays));
  }
  return 1 + static_cast<uint32_t>(kRegulars +
                                   random_.Below(kPassersBy / 8 + kPassersBy * 7 / 8 * d / kDays));
}

void Sample::Add(Item item) {
  item.number = ++last_number_;
  item.arrival_ms =
      item.ts_ms + static_cast<int64_t>(random_.Chance(kLate) ? random_.SkewedBelow(kLateMs)
                                                              : random_.Below(800));
  items_.push_back(item);
  if (!random_.Chance(kRepeated)) return;
  item.arrival_ms += 1 + static_cast<int64_t>(random_.SkewedBelow(kRepeatMs));
  items_.push_back(item);
}

// People react to what they have just looked at: each interaction follows a view of its own.
// Goes on until `net` of them stand at the end.
void Sample::MakeInteractions(uint64_t net) {
  const size_t views = items_.size();
  std::vector<bool> taken(views);
  for (uint64_t standing = 0; standing < net;) {
    const size_t i = random_.Below(views);
    const Item view = items_[i];
    if (taken[i] || view.post == 0) continue;
    taken[i] = true;
    if (view.ts_ms < kEndMs - 600'000 && MakeFact(view)) ++standing;
  }
}

// Whether the fact stands at the end.
bool Sample::MakeFact(const Item& view) {
  Item fact = {};
  fact.ts_ms = view.ts_ms + 3'000 + static_cast<int64_t>(random_.Below(90'000));
  fact.actor = view.actor;
  fact.post = view.post;
  fact.has_id = !random_.Chance(1500);
  const uint64_t r = random_.Below(100);
  if (r < 80) return MakeReaction(fact);
  return r < 91 ? MakeComment(fact) : MakeShare(fact);
}

bool Sample::MakeReaction(Item fact) {
  if (!reacted_.insert(uint64_t{fact.actor} * 256 + fact.post).second) return false;
  fact.type = EventType::kReaction;
  fact.reaction = static_cast<ReactionKind>(reaction_table_.Pick(&random_));
  Add(fact);
  const uint64_t r = random_.Below(100);
  if (r < 4) {
    FollowUp(fact, Op::kRemove, r < 2 ? fact.reaction : ReactionKind::kUnknown);
    return false;
  }
  if (r < 7) {
    FollowUp(fact, r < 6 ? Op::kEdit : Op::kAdd,
             fact.reaction == ReactionKind::kWow ? ReactionKind::kLove : ReactionKind::kWow);
  }
  return true;
}

bool Sample::MakeComment(Item fact) {
  fact.type = EventType::kComment;
  fact.object = last_number_ + 1;
  Add(fact);
  const uint64_t r = random_.Below(100);
  if (r < 5) {
    FollowUp(fact, r < 2 ? Op::kRemove : Op::kHide, ReactionKind::kUnknown);
    return false;
  }
  if (r < 7) {
    // Hidden by mistake, and shown again within the minutes that are left.
    Item hide = fact;
    hide.ts_ms += 60'000;
    hide.op = Op::kHide;
    Add(hide);
    FollowUp(hide, Op::kUnhide, ReactionKind::kUnknown);
  } else if (r < 10) {
    FollowUp(fact, Op::kEdit, ReactionKind::kUnknown);
  }
  return true;
}

bool Sample::MakeShare(Item fact) {
  fact.type = EventType::kShare;
  fact.has_id = true;
  fact.object = random_.Chance(6000) ? last_number_ + 1 : 0;  // without one its id names it
  Add(fact);
  if (fact.object == 0 || !random_.Chance(150)) return true;
  FollowUp(fact, Op::kRemove, ReactionKind::kUnknown);
  return false;
}

// Something is said of a fact, sooner rather than later, and before the history ends.
void Sample::FollowUp(const Item& fact, Op op, ReactionKind reaction) {
  Item item = fact;
  const int64_t room = std::min(kFollowUpMs, kEndMs - 1 - fact.ts_ms);
  item.ts_ms += 1 + static_cast<int64_t>(random_.SkewedBelow(static_cast<uint64_t>(room)));
  item.op = op;
  item.reaction = reaction;
  Add(item);
}

void Sample::MakeOthers() {
  const auto after_a_view = [&](EventType type) {
    const Item view = items_[random_.Below(views_)];
    Item item = {};
    item.ts_ms =
        std::min(view.ts_ms + 1'000 + static_cast<int64_t>(random_.Below(60'000)), kEndMs - 60'000);
    item.actor = view.actor;
    item.post = type == EventType::kClick ? view.post : 0;
    item.type = type;
    return item;
  };
  for (uint64_t i = 0; i < kClicks; ++i) Add(after_a_view(EventType::kClick));
  for (uint64_t i = 0; i < kMessages; ++i) Add(after_a_view(EventType::kMessage));
  absl::flat_hash_set<uint32_t> followers;
  while (followers.size() < kFollowers) {
    const Item follow = after_a_view(EventType::kFollow);
    if (!followers.insert(follow.actor).second) continue;
    Add(follow);
    if (random_.Chance(700)) FollowUp(follow, Op::kRemove, ReactionKind::kUnknown);
  }
}

absl::Status Sample::WriteAll() {
  // A person stays with one way of reading; Zalo's feed tells time in milliseconds.
  static constexpr std::array<std::string_view, 3> kSources = {"facebook", "zalo", "web"};
  const auto source_of = [](uint32_t actor) {
    const uint64_t r = Scramble(actor) % 100;
    return r < 71 ? 0 : r < 89 ? 1 : 2;
  };
  std::sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) {
    return std::tie(a.arrival_ms, a.number) < std::tie(b.arrival_ms, b.number);
  });
  Line line;
  line.page = kPage;
  line.id_salt = seed_;
  for (const Item& item : items_) {
    const int source = source_of(item.actor);
    line.ts_ms = item.ts_ms;
    line.epoch_ts = source == 1;
    line.id = item.has_id ? item.number : 0;
    line.actor = item.actor;
    line.object = item.object;
    line.post = posts_[item.post].name;
    line.source = kSources[source];
    line.type = item.type;
    line.op = item.op;
    line.reaction = item.reaction;
    writer_.Write(line);
    if (!writer_.status().ok()) break;
  }
  writer_.Flush();
  return writer_.status();
}

}  // namespace

absl::Status GenerateSample(uint64_t seed, LineWriter::Sink sink) {
  Sample sample(seed, sink);
  return sample.Run();
}

}  // namespace pagepulse
