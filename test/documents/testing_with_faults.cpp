// SPDX-FileCopyrightText: 2026 The asiofile authors
// SPDX-License-Identifier: BSL-1.0

#include "includes_of_documents.hpp"

#include "testing_with_faults.md.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(testing_with_faults_guide)

BOOST_AUTO_TEST_CASE(full_disk) { BOOST_CHECK_NO_THROW(a_full_disk_keeps_the_old_value()); }

BOOST_AUTO_TEST_CASE(failed_sync) { BOOST_CHECK_NO_THROW(a_failed_sync_is_reported()); }

BOOST_AUTO_TEST_CASE(crash_at_every_call) { BOOST_CHECK_NO_THROW(no_crash_loses_what_was_saved()); }

BOOST_AUTO_TEST_SUITE_END()
