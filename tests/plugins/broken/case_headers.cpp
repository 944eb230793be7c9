// SPDX-License-Identifier: Apache-2.0
//
// Nothing: what this target is for is the precompiled header, see CMakeLists.txt.
