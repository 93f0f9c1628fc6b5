#include "generate/day_curve.h"

namespace pagepulse {
namespace {

// At each full hour, 0 to 24; between them a straight line.
constexpr uint64_t kWorkday[25] = {14, 6,  4,  4,  8,  30, 62, 88,  74,  62, 60, 84, 100,
                                   70, 52, 54, 60, 72, 80, 98, 120, 116, 82, 38, 14};
constexpr uint64_t kWeekend[25] = {22, 10, 6,  4,  6,  18, 40,  64,  78,  82, 80, 88, 94,
                                   78, 68, 68, 70, 76, 84, 104, 126, 124, 96, 52, 22};

struct Feast {
  int month_day;  // month * 100 + day
  uint64_t weight;
};
constexpr Feast kFeasts[] = {
    {701, 1800},                              // the new ward's first day
    {901, 1700},  {902, 2900},  {903, 1500},  // national day
    {1006, 1300},                             // mid-autumn
    {1020, 1450}, {1120, 1500},               // women's day, teachers' day
};

// Within the half-year that is generated.
int MonthDay(int32_t day) {
  constexpr int kDays[] = {31, 31, 30, 31, 30, 31};
  int month = 7;
  int rest = day - kFirstDay;
  for (const int days : kDays) {
    if (rest < days) break;
    rest -= days;
    ++month;
  }
  return month * 100 + rest + 1;
}

}  // namespace

std::vector<uint64_t> MinuteWeights(bool weekend) {
  const uint64_t* hours = weekend ? kWeekend : kWorkday;
  std::vector<uint64_t> weights;
  for (uint64_t minute = 0; minute < 1440; ++minute) {
    const uint64_t h = minute / 60, m = minute % 60;
    weights.push_back(hours[h] * (60 - m) + hours[h + 1] * m);
  }
  return weights;
}

uint64_t DayWeight(int32_t day) {
  const int month_day = MonthDay(day);
  for (const Feast& feast : kFeasts) {
    if (feast.month_day == month_day) return feast.weight;
  }
  return IsWeekend(day) ? 880 : 1000;
}

}  // namespace pagepulse
