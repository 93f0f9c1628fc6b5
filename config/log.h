#pragma once

// Structured logging: an event name and fields, as text (`event key=value`) or as one JSON object a
// line. Never log an actor's id, a token, or a line of input.
//
//   Log(spdlog::level::warn, "request", {{"route", "/v1/query"}, {"status", 503}});
//
// Plain spdlog calls of other folders come out in the same form, with their text as `message`.

#include <spdlog/common.h>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "config/config.h"

namespace pagepulse {

class LogField {
 public:
  LogField(std::string_view name, std::string_view text) : name_(name), value_(text) {}
  LogField(std::string_view name, const char* text) : name_(name), value_(text) {}
  LogField(std::string_view name, double number);  // with at most three digits after the point
  template <std::integral Number>
  LogField(std::string_view name, Number number);

  std::string_view name() const { return name_; }
  const std::string& value() const { return value_; }
  bool is_number() const { return is_number_; }

 private:
  std::string_view name_;
  std::string value_;
  bool is_number_ = false;
};

// Replaces spdlog's default logger by one that writes to stderr. Call once, before threads start.
void SetUpLog(const LogConfig& config);

// Thread-safe.
void Log(spdlog::level::level_enum level, std::string_view event,
         std::initializer_list<LogField> fields);

// Of what may happen any number of times, at most one line a minute. Thread-safe.
class SeldomLog {
 public:
  // Whether a line is due; then *unsaid is how often none was since the last one.
  bool IsDue(int64_t now_ms, uint64_t* unsaid);

 private:
  static constexpr int64_t kIntervalMs = 60'000;

  std::atomic<int64_t> next_ms_{0};
  std::atomic<uint64_t> unsaid_{0};
};

// One line, with its end: what SetUpLog's logger writes. For tests.
std::string FormatLogLine(LogFormat format, std::string_view time, std::string_view level,
                          std::string_view event, std::initializer_list<LogField> fields);

template <std::integral Number>
LogField::LogField(std::string_view name, Number number) : name_(name), is_number_(true) {
  if constexpr (std::is_same_v<Number, bool>) {
    value_ = number ? "true" : "false";
  } else {
    value_ = std::to_string(number);
  }
}

}  // namespace pagepulse
