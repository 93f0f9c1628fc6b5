#pragma once

// What the tests of the adapters of reports share: how they are called, and figures as text.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ingest/adapter.h"
#include "model/time_zone.h"

namespace pagepulse {

struct Parsed {
  absl::Status status;
  EventBatch batch;

  // Each as "page post metric period value as-of": the period as its last day and its length
  // (`2025-08-01/1`) or `total`, `-` for no post, the time in UTC.
  std::vector<std::string> figures() const {
    std::vector<std::string> texts;
    for (const ReportedFigure& f : batch.figures) {
      const std::string period =
          f.days == 0
              ? "total"
              : fmt::format("{}/{}", absl::FormatCivilTime(CivilDayOf(f.day)).c_str(), f.days);
      texts.push_back(fmt::format("{} {} {} {} {} {}", f.page, f.post.empty() ? "-" : f.post,
                                  f.metric, period, f.value, Utc(f.as_of_ms)));
    }
    return texts;
  }
  // "line code"
  std::vector<std::string> rejections() const {
    std::vector<std::string> texts;
    for (const Rejection& r : batch.rejections) {
      texts.push_back(fmt::format("{} {}", r.line, RejectName(r.code)));
    }
    return texts;
  }
  static std::string Utc(int64_t ms) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMillis(ms), absl::UTCTimeZone());
  }
};

// The clock of these tests: 2026-08-01.
inline constexpr int64_t kReportsNow = 1'785'542'400'000;

inline Parsed ParseReport(const Adapter& adapter, std::string_view text,
                          const ImportOptions& import = {}, int64_t now_ms = kReportsNow) {
  static const HashKey key = *HashKey::FromBytes(std::string(HashKey::kBytes, 'k'));
  ParseContext context;
  context.key = &key;
  context.now_ms = now_ms;
  context.import = &import;
  Parsed parsed;
  parsed.status = adapter.Parse(CopyToChunk(text), {}, context, &parsed.batch);
  return parsed;
}

inline ImportOptions InVietnam(std::string page = "", std::string exported = "") {
  ImportOptions import;
  import.page = std::move(page);
  import.zone = *LoadZone(kDefaultZone);
  import.exported = std::move(exported);
  return import;
}

// As Windows writes it: little-endian, with its mark.
inline std::string Utf16(std::u16string_view text) {
  std::string bytes = "\xFF\xFE";
  for (const char16_t unit : text) {
    bytes.push_back(static_cast<char>(unit & 0xff));
    bytes.push_back(static_cast<char>(unit >> 8));
  }
  return bytes;
}

}  // namespace pagepulse
