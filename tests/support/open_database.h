#pragma once

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "storage/database.h"

namespace pagepulse {

// A store in this directory, made if there is none; it must open.
inline std::unique_ptr<Database> OpenDatabase(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  auto database = Database::Open(options);
  EXPECT_TRUE(database.ok()) << database.status();
  return *std::move(database);
}

}  // namespace pagepulse
