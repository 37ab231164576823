export const SECRET = 'tK3w-9vQzR7mXp2Lc8Yd-5BfHj1Ns6GaUe4';
export const OTHER_SECRET = 'Wq8-ZyL2nTb5Vx-0RcMk7JhPd3FsGe9Ua1o';
