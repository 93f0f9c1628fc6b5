#pragma once

// From callbacks and thread pools to coroutines. In coroutines of this folder `co_await` stands
// alone in `auto r = co_await f(...);` and what is passed is named before: g++ 12.2 miscompiles
// other forms. No lambda is a coroutine.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace pagepulse {

namespace asio = boost::asio;

// A session belongs to one io_context, which one thread runs: its executor is known, and nothing of
// it needs a strand.
using IoExecutor = asio::io_context::executor_type;
template <typename T>
using Task = asio::awaitable<T, IoExecutor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

inline constexpr asio::use_awaitable_t<IoExecutor> kAwait;
// Gives (error_code, ...) instead of throwing.
inline constexpr auto kAwaitTuple = asio::as_tuple(kAwait);

template <typename T>
using Done = absl::AnyInvocable<void(T)>;

// Calls start(done), and resumes the caller, on its own executor, with what `done` was called with:
// once, from any thread, now or later.
template <typename T>
Task<T> AwaitCallback(absl::AnyInvocable<void(Done<T>)> start) {
  auto initiate = [](auto handler, absl::AnyInvocable<void(Done<T>)> begin) {
    const auto executor = asio::get_associated_executor(handler);
    auto done = [handler = std::move(handler), executor](T value) mutable {
      auto resume = [handler = std::move(handler), value = std::move(value)]() mutable {
        std::move(handler)(std::move(value));
      };
      asio::post(executor, std::move(resume));
    };
    begin(std::move(done));
  };
  return asio::async_initiate<const asio::use_awaitable_t<IoExecutor>, void(T)>(initiate, kAwait,
                                                                                std::move(start));
}

// Runs `work` on a pool's thread. T is a Status or a StatusOr; an exception becomes INTERNAL.
template <typename T>
Task<T> RunOn(asio::thread_pool& pool, absl::AnyInvocable<T()> work) {
  auto start = [&pool, work = std::move(work)](Done<T> done) mutable {
    auto task = [work = std::move(work), done = std::move(done)]() mutable {
      T result = absl::InternalError("");
      try {
        result = work();
      } catch (const std::exception& e) {
        result = absl::InternalError(e.what());
      }
      done(std::move(result));
    };
    asio::post(pool, std::move(task));
  };
  absl::AnyInvocable<void(Done<T>)> begin = std::move(start);
  return AwaitCallback<T>(std::move(begin));
}

}  // namespace pagepulse
