#include "config/log.h"

#include <fmt/format.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/error.h"

namespace pagepulse {
namespace {

// Messages of this logger are rendered fields already; those of another are plain text.
constexpr char kFieldsLogger[] = "fields";

std::atomic<LogFormat> g_format{LogFormat::kText};

// A value that needs no quotes in text.
bool IsPlain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || std::string_view("-_./:+@").find(c) != std::string_view::npos;
  });
}

std::string Render(LogFormat format, std::string_view event,
                   std::initializer_list<LogField> fields) {
  std::string out;
  if (format == LogFormat::kText) {
    out = event;
    for (const LogField& field : fields) {
      out += fmt::format(" {}=", field.name());
      if (field.is_number() || IsPlain(field.value())) {
        out += field.value();
      } else {
        AppendJsonString(field.value(), &out);
      }
    }
    return out;
  }
  out = "\"event\":";
  AppendJsonString(event, &out);
  for (const LogField& field : fields) {
    out += ',';
    AppendJsonString(field.name(), &out);
    out += ':';
    if (field.is_number()) {
      out += field.value();
    } else {
      AppendJsonString(field.value(), &out);
    }
  }
  return out;
}

std::string Line(LogFormat format, std::string_view time, std::string_view level,
                 std::string_view rendered) {
  if (format == LogFormat::kText) return fmt::format("{} {} {}\n", time, level, rendered);
  return fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",{}}}\n", time, level, rendered);
}

class LineFormatter : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}

  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& dest) override {
    const std::string time =
        absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromChrono(msg.time), absl::UTCTimeZone());
    const auto level = spdlog::level::to_string_view(msg.level);
    std::string rendered(msg.payload.data(), msg.payload.size());
    if (format_ == LogFormat::kJson &&
        std::string_view(msg.logger_name.data(), msg.logger_name.size()) != kFieldsLogger) {
      std::string quoted = "\"message\":";
      AppendJsonString(rendered, &quoted);
      rendered = std::move(quoted);
    }
    const std::string line = Line(format_, time, {level.data(), level.size()}, rendered);
    dest.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_);
  }

 private:
  const LogFormat format_;
};

}  // namespace

LogField::LogField(std::string_view name, double number)
    : name_(name), value_(fmt::format("{}", std::round(number * 1000) / 1000)), is_number_(true) {}

void SetUpLog(const LogConfig& config) {
  g_format = config.format;
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_formatter(std::make_unique<LineFormatter>(config.format));
  const auto level = spdlog::level::from_str(config.level);
  auto fields = std::make_shared<spdlog::logger>(kFieldsLogger, sink);
  auto plain = std::make_shared<spdlog::logger>("", sink);
  for (const auto& logger : {fields, plain}) {
    logger->set_level(level);
    logger->flush_on(spdlog::level::warn);
  }
  spdlog::drop(kFieldsLogger);
  spdlog::register_logger(fields);
  spdlog::set_default_logger(plain);
}

void Log(spdlog::level::level_enum level, std::string_view event,
         std::initializer_list<LogField> fields) {
  const std::shared_ptr<spdlog::logger> logger = spdlog::get(kFieldsLogger);
  spdlog::logger& out = logger ? *logger : *spdlog::default_logger_raw();
  if (!out.should_log(level)) return;
  const std::string rendered = Render(g_format, event, fields);
  out.log(level, spdlog::string_view_t(rendered.data(), rendered.size()));
}

std::string FormatLogLine(LogFormat format, std::string_view time, std::string_view level,
                          std::string_view event, std::initializer_list<LogField> fields) {
  return Line(format, time, level, Render(format, event, fields));
}

bool SeldomLog::IsDue(int64_t now_ms, uint64_t* unsaid) {
  int64_t next_ms = next_ms_.load();
  if (now_ms < next_ms || !next_ms_.compare_exchange_strong(next_ms, now_ms + kIntervalMs)) {
    ++unsaid_;
    return false;
  }
  *unsaid = unsaid_.exchange(0);
  return true;
}

}  // namespace pagepulse
