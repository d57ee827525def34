"""Runs the client library's unit tests in the browser."""

from static import StaticServer


def run(driver, report):
    with StaticServer() as server:
        browser = driver.browser("unit tests", 800, 600)
        browser.open(f"{server.url}/unit/")
        try:
            results = browser.until("the unit tests to end", "return globalThis.testResults", timeout=60)
        except AssertionError:
            results = [{"name": "the unit tests load", "error": str([entry["message"] for entry in browser.log()])}]
        for result in results:
            report(result["name"], result["error"])
        browser.quit()
