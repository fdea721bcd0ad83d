// SPDX-License-Identifier: Apache-2.0
/** lock-folder.ts FOLDER: takes it, as a box does that starts and ends; on a disk that only a process of its own can have. */
import { DataFolder } from "../../src/store/folder.ts";
import { lockFolder } from "../../src/store/folder-lock.ts";

const lock = lockFolder(new DataFolder(process.argv[2] as string));
lock.announce("http://127.0.0.1:8080");
lock.unlock();
