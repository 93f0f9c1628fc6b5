#include "tools/server_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <thread>

#include "base/status_macros.h"

namespace pagepulse {
namespace {

class ServerTarget final : public BackfillTarget {
 public:
  ServerTarget(std::unique_ptr<HttpClient> client, const BackfillOptions& options,
               const Reading& reading)
      : client_(std::move(client)),
        asked_(options),
        options_(OptionsText(options.format, reading.import)),
        one_document_(reading.adapter->framing() == Framing::kWhole) {}

  bool one_document() const override { return one_document_; }
  const std::string& options() const override { return options_; }

  absl::StatusOr<std::vector<JobFile>> Files(const std::string& job) override {
    return FetchJobFiles(client_.get(), job);
  }

  absl::Status Send(RawStep step) override {
    const JobStep& at = step.position;
    HttpFields fields = {
        {"Content-Type", "application/x-ndjson"},
        {"Pagepulse-Job", PercentEncode(at.job)},
        {"Pagepulse-Format", asked_.format},
        {"Pagepulse-File", FormatHash(at.file)},
        {"Pagepulse-Ordinal", std::to_string(at.ordinal)},
        {"Pagepulse-File-Name", PercentEncode(at.file_name)},
        {"Pagepulse-From", std::to_string(at.from)},
        {"Pagepulse-To", std::to_string(at.to)},
        {"Pagepulse-Digest-From", FormatHash(at.digest_from)},
        {"Pagepulse-Digest", FormatHash(at.digest)},
        {"Pagepulse-First-Line", std::to_string(step.chunk.first_line)},
        {"Pagepulse-Lines", std::to_string(at.lines)},
    };
    if (!asked_.page.empty()) fields.push_back({"Pagepulse-Page", PercentEncode(asked_.page)});
    if (!asked_.tz.empty()) fields.push_back({"Pagepulse-Tz", asked_.tz});
    if (!asked_.exported.empty()) fields.push_back({"Pagepulse-Exported", asked_.exported});
    int unavailable = 0;
    for (int wait = 1;; wait = std::min(2 * wait, 10)) {
      ASSIGN_OR_RETURN(HttpAnswer answer, client_->Post("/v1/events", step.chunk.text(), fields));
      if (answer.status == 200) return Count(at.file_name, answer.body);
      if (answer.status == 409) return CheckCounted(at, answer);
      if (answer.status == 503 && ++unavailable > kMaxUnavailable) return ErrorOf(answer);
      if (answer.status != 429 && answer.status != 503) return ErrorOf(answer);
      std::this_thread::sleep_for(std::chrono::seconds(wait));
    }
  }

  absl::Status Finish() override { return absl::OkStatus(); }
  BackfillCounts counts() const override { return counts_; }
  uint64_t received() const override { return counts_.received; }

 private:
  // A busy server says 429 for as long as it is; 503 may also be a disk that stays full.
  static constexpr int kMaxUnavailable = 20;

  // A step whose answer was lost with its connection is refused when it is sent again. Only the
  // exact end is its own: further on, somebody else is at work.
  absl::Status CheckCounted(const JobStep& step, const HttpAnswer& refusal) {
    ASSIGN_OR_RETURN(const std::vector<JobFile> files, Files(step.job));
    for (const JobFile& file : files) {
      if (file.file != step.file || file.ordinal != step.ordinal) continue;
      if (file.position != step.to || file.digest != step.digest) continue;
      if (file.WasReadOtherwise(options_)) return OtherOptions(step.file_name);
      fmt::print(stderr,
                 "{}: bytes {} to {} were counted, but the answer was lost: the sums below lack "
                 "them\n",
                 step.file_name, step.from, step.to);
      return absl::OkStatus();
    }
    return ErrorOf(refusal);
  }

  absl::Status Count(const std::string& file, const std::string& body) {
    try {
      const boost::json::value answer = boost::json::parse(body);
      counts_.received += answer.at("received").to_number<uint64_t>();
      counts_.accepted += answer.at("accepted").to_number<uint64_t>();
      counts_.duplicate += answer.at("duplicate").to_number<uint64_t>();
      counts_.rejected += answer.at("rejected").to_number<uint64_t>();
      const boost::json::value* ignored = answer.as_object().if_contains("ignored");
      if (ignored != nullptr) counts_.ignored += ignored->to_number<uint64_t>();
      for (const auto& [code, lines] : answer.at("reasons").as_object()) {
        counts_.reasons[std::string(code)].lines += lines.to_number<uint64_t>();
      }
      if (const auto* overruled = answer.as_object().if_contains("overruled")) {
        counts_.overruled += overruled->to_number<uint64_t>();
      }
      for (const boost::json::value& item : answer.at("errors").as_array()) {
        counts_.AddError(file, item.at("line").to_number<uint32_t>(),
                         item.at("code").as_string().c_str());
      }
    } catch (const std::exception& error) {
      return absl::DataLossError(
          fmt::format("the server's answer is not understood: {}", error.what()));
    }
    return absl::OkStatus();
  }

  std::unique_ptr<HttpClient> client_;
  const BackfillOptions asked_;
  const std::string options_;
  const bool one_document_;
  BackfillCounts counts_;
};

}  // namespace

absl::StatusOr<std::vector<JobFile>> FetchJobFiles(HttpClient* client, const std::string& job) {
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->Get("/v1/jobs/" + PercentEncode(job)));
  if (answer.status == 404) return std::vector<JobFile>();
  if (answer.status != 200) return ErrorOf(answer);
  std::vector<JobFile> files;
  try {
    const boost::json::value list = boost::json::parse(answer.body);
    for (const boost::json::value& item : list.at("files").as_array()) {
      JobFile file;
      file.file = ParseHash(item.at("file").as_string().c_str()).value();
      file.ordinal = item.at("ordinal").to_number<uint32_t>();
      file.file_name = item.at("name").as_string().c_str();
      file.position = item.at("position").to_number<uint64_t>();
      file.lines = item.at("lines").to_number<uint32_t>();
      file.digest = ParseHash(item.at("digest").as_string().c_str()).value();
      file.accepted = item.at("accepted").to_number<uint64_t>();
      file.duplicate = item.at("duplicate").to_number<uint64_t>();
      file.rejected = item.at("rejected").to_number<uint64_t>();
      const boost::json::value* options = item.as_object().if_contains("options");
      if (options != nullptr) file.options = options->as_string().c_str();  // of older servers none
      files.push_back(std::move(file));
    }
  } catch (const std::exception& error) {
    return absl::DataLossError(
        fmt::format("the server's list of files is not understood: {}", error.what()));
  }
  return files;
}

absl::StatusOr<std::unique_ptr<BackfillTarget>> NewServerTarget(const Place& place,
                                                                const BackfillOptions& options,
                                                                const Reading& reading) {
  ASSIGN_OR_RETURN(auto client, HttpClient::Make(place.server, place.token));
  return std::make_unique<ServerTarget>(std::move(client), options, reading);
}

}  // namespace pagepulse
